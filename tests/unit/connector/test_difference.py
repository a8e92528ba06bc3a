"""Differences in words."""

from decimal import Decimal

from syncline_chassis.connector.difference import in_words, same

ONE = Decimal(1)


def test_equal_forms_have_no_words() -> None:
    assert in_words({"a": [1], "b": "x"}, ONE, {"b": "x", "a": [1]}, ONE) == ""


def test_each_difference_says_was_and_is() -> None:
    words = in_words(
        {"due_date": "2026-11-14", "lines": [{"item": "A"}, {"item": "B"}]},
        Decimal("10.00"),
        {"due_date": "", "lines": [{"item": "B"}, {"item": "C"}]},
        Decimal("9.99"),
    )
    assert words == (
        "due date is nothing instead of 2026-11-14; lines without A and with C; "
        "the amount is 9.99 instead of 10.00, off by -0.01"
    )


def test_what_was_not_wanted_is_nobodys_business() -> None:
    wanted, found = {"a": "1"}, {"a": "1", "tags": "x"}
    assert same(wanted, ONE, found, ONE)
    assert in_words(wanted, ONE, found, ONE) == ""
    assert not same(found, ONE, wanted, ONE)
    assert in_words(found, ONE, wanted, ONE) == "tags is nothing instead of x"


def test_lines_counted_twice_are_noticed() -> None:
    assert in_words({"lines": ["a"]}, ONE, {"lines": ["a", "a"]}, ONE) == "lines with a"
    assert "another order" in in_words({"lines": ["a", "b"]}, ONE, {"lines": ["b", "a"]}, ONE)
