"""What changed, field by field."""

from syncline_portal.look.changes import changes


def test_only_fields_that_differ_are_named_in_words() -> None:
    before = {"unit_price": "10", "date": "2026-10-31", "cancelled": ""}
    after = {"unit_price": "12.5", "date": "2026-10-31", "cancelled": "2026-11-01"}
    assert changes(before, after) == (
        ("unit price", "10", "12.5"),
        ("cancelled", "", "2026-11-01"),
    )


def test_an_entry_of_a_list_goes_by_its_first_value() -> None:
    before = {"lines": [{"item": "A", "amount": "1"}, {"item": "A", "amount": "2"}]}
    after = {"lines": [{"item": "A", "amount": "1"}, {"item": "A", "amount": "3"}]}
    assert changes(before, after) == (("lines A (2) amount", "2", "3"),)


def test_an_entry_that_comes_or_goes_is_told_whole() -> None:
    before = {"lines": [{"item": "A", "amount": "1"}]}
    after = {"lines": [{"item": "B", "amount": "1"}]}
    assert changes(before, after) == (
        ("lines A item", "A", ""),
        ("lines A amount", "1", ""),
        ("lines B item", "", "B"),
        ("lines B amount", "", "1"),
    )
