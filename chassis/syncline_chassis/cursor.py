"""Cursors: where a page ends, closed to whoever carries it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
from syncline_contracts.query import Page

from syncline_chassis.errors import UnprocessableError

A = TypeVar("A")


def closed(place: str) -> str:
    """A place as a cursor."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def opened(cursor: str | None) -> str | None:
    """The place that a cursor stands for. Raises `UnprocessableError`."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _unknown() from error


def place(cursor: str | None) -> tuple[int, int]:
    """A place of two numbers, the start where there is none. Raises `UnprocessableError`."""
    found = opened(cursor)
    if found is None:
        return 0, 0
    try:
        first, second = (int(part) for part in found.split(":"))
    except ValueError as error:
        raise _unknown() from error
    if first < 0 or second < 0:
        raise _unknown()
    return first, second


def cut(
    rows: Sequence[A],
    page: Page,
    place: Callable[[A], str],
    order: Callable[[str], Any] = str,
    *,
    newest_first: bool = False,
) -> tuple[tuple[A, ...], str | None]:
    """The part of sorted rows that a page asks for, and the cursor of the next one.

    `place` names a row, and places compare by `order` as the rows are sorted; so a row that came or
    went meanwhile moves no other to another page. Raises `UnprocessableError`.
    """
    last = opened(page.cursor)
    if last is not None:
        try:
            end = order(last)
        except (ValueError, ArithmeticError) as error:
            raise _unknown() from error
        rows = [
            row
            for row in rows
            if (order(place(row)) < end if newest_first else order(place(row)) > end)
        ]
    shown = tuple(rows[: page.limit])
    return shown, closed(place(shown[-1])) if len(rows) > len(shown) else None


def of_spot(value: object, place: tuple[int, int]) -> str:
    """A line in an order as a cursor: what it is ordered by, and where it is."""
    return closed(orjson.dumps([str(value), *place]).decode())


def spot(cursor: str | None, read: Callable[[str], Any]) -> tuple[Any, tuple[int, int]] | None:
    """What `of_spot` closed, None where there is none. Raises `UnprocessableError`."""
    found = opened(cursor)
    if found is None:
        return None
    try:
        value, first, second = orjson.loads(found)
        return read(value), (int(first), int(second))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _unknown() from error


def _unknown() -> UnprocessableError:
    return UnprocessableError(
        "This cursor is not one that was given out here. Start from the first page.",
        field="page.cursor",
    )
