"""Error bodies as the vendor writes them: a list of sentences, and mostly a 500."""

from syncline_sandbox.asgi import Reply, json_reply
from syncline_sandbox.decimals import dump_json


class RefusedError(Exception):
    """A request that is not carried out."""

    def __init__(self, *messages: str, status: int = 500) -> None:
        super().__init__(*messages)
        self.messages = messages
        self.status = status

    def reply(self) -> Reply:
        """As an answer."""
        return failure(self.status, *self.messages)


def failure(status: int, *messages: str) -> Reply:
    """A body with a list of errors."""
    return json_reply(status, dump_json({"errors": list(messages)}))


def unauthorised() -> Reply:
    """A wrong secret: a bare 401."""
    return Reply(401)


def wrong_verb(method: str) -> Reply:
    """A verb that the address does not take."""
    text = f"The requested resource does not support http method '{method}'."
    return json_reply(405, dump_json({"Message": text}))


def too_many_threads(most: int) -> Reply:
    """More calls at once than an endpoint takes."""
    text = f"Itgenatr005: the Autotask API thread threshold of {most} threads has been exceeded."
    return failure(429, text)


def over_threshold(retry_after_s: int | None = None) -> Reply:
    """The requests of the hour are used up, by whomever. The header is not documented."""
    reply = failure(429, "The request threshold of this database has been exceeded.")
    if retry_after_s is not None:
        reply.headers["retry-after"] = str(retry_after_s)
    return reply
