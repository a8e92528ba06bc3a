"""Canonical bytes of a distributor's invoice: its content alone, whatever paging or call it took.

The same content has the same hash, by which it is recognised.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from syncline_ingest import feed_contract as contract


def stored_header(account_code: str, header: Mapping[str, Any]) -> bytes:
    """First line: the mark, the account, and what of the header is content."""
    fields = {name: header.get(name) or "" for name in contract.HEADER_FIELDS}
    return _line({"Document": contract.DOCUMENT_MARK, "AccountCode": account_code, **fields})


def stored_line(fields: Mapping[str, Any]) -> bytes:
    """One invoice line. A field that did not come stays out, so that the reader can miss it."""
    return _line({name: fields[name] for name in contract.LINE_FIELDS if name in fields})


def _line(fields: dict[str, Any]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
