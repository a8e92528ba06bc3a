"""The wrapping that every answer of the distributor has."""

from typing import Any


def wrap(out: Any, transaction_id: str) -> dict[str, Any]:
    """Wrap a result."""
    return {
        "ResponseHeader": {"Status": "SUCCESS", "Message": "", "TransactionID": transaction_id},
        "Out": out,
    }


def wrap_error(message: str, transaction_id: str) -> dict[str, Any]:
    """Wrap a refusal; the HTTP status says nothing about it."""
    return {
        "ResponseHeader": {"Status": "ERROR", "Message": message, "TransactionID": transaction_id},
        "Out": None,
    }
