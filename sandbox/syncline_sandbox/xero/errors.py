"""The bodies of Xero's refusals."""

from typing import Any
from uuid import uuid4

from syncline_sandbox.asgi import Reply, json_reply
from syncline_sandbox.decimals import dump_json

NO_ID = "00000000-0000-0000-0000-000000000000"


def problem(status: int, title: str, detail: str) -> Reply:
    """Answer as Xero's outer layer does: authentication, rights."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": str(uuid4()),
        "Extensions": {},
    }
    return json_reply(status, dump_json(body))


def token_expired() -> Reply:
    """Answer to an access token past its 30 minutes."""
    return problem(401, "Unauthorized", "TokenExpired: the access token has expired")


def exception(number: int, kind: str, message: str) -> dict[str, Any]:
    """Body of a request that Xero could not make sense of."""
    return {"ErrorNumber": number, "Type": kind, "Message": message}


def validation_exception(elements: list[dict[str, Any]]) -> dict[str, Any]:
    """Body of a batch that was refused whole, with the elements at fault."""
    return {
        **exception(10, "ValidationException", "A validation exception occurred"),
        "Elements": elements,
    }
