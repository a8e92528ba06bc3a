"""Error bodies as the vendor writes them."""

from dataclasses import dataclass, field

from syncline_sandbox.asgi import Reply, json_reply
from syncline_sandbox.decimals import dump_json


@dataclass
class RefusedError(Exception):
    """A request that is not carried out."""

    status: int
    code: str
    message: str
    errors: list[dict[str, str]] = field(default_factory=list)

    def reply(self) -> Reply:
        """As an answer."""
        body = {"code": self.code, "message": self.message, "errors": self.errors}
        return json_reply(self.status, dump_json(body))


def invalid(resource: str, *found: tuple[str, str, str]) -> RefusedError:
    """A body that breaks rules: (code, field, message) of each."""
    errors = [
        {"code": code, "message": message, "resource": resource, "field": name}
        for code, name, message in found
    ]
    return RefusedError(400, "InvalidObject", f"{resource} object is invalid", errors)


def unauthorised() -> Reply:
    """Wrong keys, or none."""
    return RefusedError(401, "Unauthorized", "Authentication failed").reply()


def throttled(retry_after_s: int) -> Reply:
    """Too many requests; its body is unlike all others."""
    message = f"The request limit was reached. Please try again in {retry_after_s} seconds."
    body = dump_json({"error": "ConnectWiseAPI", "message": message})
    return json_reply(429, body, retry_after=str(retry_after_s))


def not_found() -> RefusedError:
    """Nothing under this address."""
    return RefusedError(404, "NotFound", "The record was not found")
