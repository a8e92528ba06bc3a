"""Pages of a sorted list: without gaps, without repeats, whatever comes or goes meanwhile."""

from decimal import Decimal

import pytest
from syncline_chassis import cursor
from syncline_chassis.errors import UnprocessableError
from syncline_contracts.query import Page


def by_amount(place: str) -> Decimal:
    return -Decimal(place)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_have_no_gaps_and_no_repeats(limit: int) -> None:
    rows, last = [f"r{number}" for number in range(7)], None
    seen: list[str] = []
    while True:
        part, last = cursor.cut(rows, Page(cursor=last, limit=limit), str)
        seen += part
        if last is None:
            break
    assert seen == rows


def test_what_comes_and_goes_meanwhile_moves_no_other_row() -> None:
    part, more = cursor.cut(["b", "d", "f", "h"], Page(limit=2), str)
    assert part == ("b", "d")
    assert cursor.cut(["a", "c", "f", "h"], Page(cursor=more, limit=9), str) == (("f", "h"), None)


def test_rows_are_compared_as_they_are_sorted() -> None:
    amounts = ["100", "20", "3"]
    _, more = cursor.cut(amounts, Page(limit=1), str, by_amount)
    assert cursor.cut(amounts, Page(cursor=more, limit=9), str, by_amount)[0] == ("20", "3")
    days = ["2026-03", "2026-02", "2026-01"]
    _, more = cursor.cut(days, Page(limit=2), str, newest_first=True)
    assert cursor.cut(days, Page(cursor=more, limit=2), str, newest_first=True) == (
        ("2026-01",),
        None,
    )


@pytest.mark.parametrize("text", ["?", "abc", cursor.closed("no amount")])
def test_a_cursor_that_was_not_given_out_is_refused(text: str) -> None:
    with pytest.raises(UnprocessableError, match="first page"):
        cursor.cut(["1"], Page(cursor=text), str, by_amount)


def test_nothing_is_one_page() -> None:
    assert cursor.cut([], Page(), str) == ((), None)
