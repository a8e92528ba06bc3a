"""Texts as suppliers write them: missing ones, control characters, ids that a spreadsheet broke."""

import re
import unicodedata
from typing import Any

import orjson

MAX_TEXT = 500
MAX_ID = 200
UNASSIGNED = "unassigned"
"""Tenant of lines that name no customer: kept, shown and held, never guessed."""

_MISSING = frozenset({"", "null", "na", "n/a", "unassigned"})
# With its sign, as spreadsheets write it: hexadecimal ids may look like 12e34.
_EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?[eE][+-][0-9]{2,3}")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NIL = "00000000-0000-0000-0000-000000000000"


def is_missing(text: str) -> bool:
    """Tell whether a stripped text stands for "not there"."""
    return text.casefold() in _MISSING


def clean(cell: str, limit: int = MAX_TEXT) -> str:
    """Text on one line without control characters, cut at `limit`; empty where it is missing.

    The uncut cell stays with the stored original. A formula stays the text that it is.
    """
    text = cell.strip()
    if is_missing(text):
        return ""
    if not text.isprintable():
        text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
        text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_id(cell: str) -> str:
    """An id, uncut; empty where it is missing. Raises `ValueError` for one that is damaged."""
    text = cell.strip().removeprefix("'")
    if is_missing(text):
        return ""
    if _EXPONENT.fullmatch(text):
        raise ValueError("was turned into a number in E-notation by a spreadsheet")
    if len(text) > MAX_ID:
        raise ValueError(f"is longer than {MAX_ID} characters")
    if not text.isprintable():
        raise ValueError("holds control characters")
    return text


def clean_tenant_id(cell: str) -> str:
    """Lower-case GUID without `org:`, or the distributor's customer code as it is."""
    text = clean_id(cell)
    low = text.casefold().removeprefix("org:").strip("{} ")
    if _GUID.fullmatch(low):
        return UNASSIGNED if low == _NIL else low
    if len(text) > 120:
        raise ValueError("is longer than 120 characters")
    return text or UNASSIGNED


def clean_sku(cell: str) -> str:
    """A SKU with the leading zeros that spreadsheets drop."""
    text = clean_id(cell)
    return text.zfill(4) if text.isdecimal() and len(text) < 4 else text


def clean_reference(cell: str) -> str:
    """Id that links the halves of one event: plain, or in a JSON object `{"osId", "id", "v"}`."""
    text = cell.strip()
    if text.startswith("{"):
        found: Any
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            return clean_id(text)
        linked = found.get("id") if isinstance(found, dict) else None
        return clean_id(linked) if isinstance(linked, str) else ""
    return clean_id(text)
