"""Query strings of Xero's lists: pages, order, `where`."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from syncline_sandbox.xero.wire import read_day

_TERM = re.compile(
    r'\s*([A-Za-z.]+)\s*(==|!=|>=|<=|>|<)\s*("[^"]*"|guid\("[^"]*"\)|DateTime\([0-9, ]+\)'
    r"|true|false)\s*(?:AND|&&|$)",
    re.IGNORECASE,
)
_OR = re.compile(r"\s+(?:OR|\|\|)\s+", re.IGNORECASE)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
Row = dict[str, Any]
T = TypeVar("T")


class QueryError(ValueError):
    """A query that this sandbox, and mostly Xero too, does not understand."""


def filtered(rows: list[Row], where: str | None) -> list[Row]:
    """Keep the rows that meet `Status=="ACTIVE" AND Class=="REVENUE"`, or one of several by OR."""
    if not where:
        return rows
    either = [_parse(part) for part in _OR.split(where)]
    return [row for row in rows if any(all(test(row) for test in tests) for tests in either)]


def ordered(rows: list[Row], order: str | None) -> list[Row]:
    """Sort by one field, `Name ASC`."""
    if not order:
        return rows
    name, _, direction = order.strip().partition(" ")
    return sorted(rows, key=lambda row: str(row.get(name, "")), reverse=direction.upper() == "DESC")


def paged(rows: list[T], params: Mapping[str, str]) -> tuple[list[T], dict[str, int]]:
    """Cut one page out and describe it."""
    page, size = _number(params, "page", 1), _number(params, "pageSize", 100)
    if not 1 <= size <= 1000:
        raise QueryError("pageSize must be between 1 and 1000")
    block = {
        "page": page,
        "pageSize": size,
        "pageCount": math.ceil(len(rows) / size),
        "itemCount": len(rows),
    }
    return rows[(page - 1) * size : page * size], block


def names(params: Mapping[str, str], name: str) -> list[str]:
    """Split a comma-separated parameter."""
    return [part.strip() for part in params.get(name, "").split(",") if part.strip()]


def flag(params: Mapping[str, str], name: str, default: bool = False) -> bool:
    """Read a true/false parameter."""
    return params.get(name, str(default)).lower() == "true"


def unit_places(params: Mapping[str, str]) -> int:
    """Read `unitdp`: 4, or else 2."""
    return 4 if params.get("unitdp") == "4" else 2


def modified_since(header: str | None) -> datetime | None:
    """Read `If-Modified-Since` in either of the forms that clients send."""
    if not header:
        return None
    try:
        instant = datetime.fromisoformat(header)
    except ValueError:
        try:
            instant = parsedate_to_datetime(header)
        except ValueError as error:
            raise QueryError("If-Modified-Since is not a date") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise QueryError(f"{name} must be a number from 1")
    return int(text)


def _parse(where: str) -> list[Callable[[Row], bool]]:
    if not where:
        raise QueryError("Something is missing beside OR")
    tests, at = [], 0
    while at < len(where):
        term = _TERM.match(where, at)
        if term is None:
            raise QueryError(f"No operator or field understood at {where[at:]!r}")
        tests.append(_test(term[1], _COMPARE[term[2]], _value(term[3])))
        at = term.end()
    return tests


def _test(name: str, compare: Callable[[Any, Any], bool], wanted: Any) -> Callable[[Row], bool]:
    def test(row: Row) -> bool:
        value: Any = row
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(wanted, date):
            value = read_day(value)
        return value is not None and compare(value, wanted)

    return test


def _value(text: str) -> Any:
    if text.startswith('"'):
        return text.strip('"')
    if text[:5].lower() == "guid(":
        return text[6:-2].lower()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        year, month, day = (int(part) for part in text[9:-1].split(",")[:3])
        return date(year, month, day)
    except ValueError as error:
        raise QueryError(f"not a date: {text}") from error
