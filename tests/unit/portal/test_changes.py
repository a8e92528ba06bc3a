"""What a write changes, field by field."""

from decimal import Decimal
from typing import Any

from syncline_contracts.tenant import PlannedWrite
from syncline_portal.look.changes import changes


def differences(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> list[tuple[str, ...]]:
    write = PlannedWrite(
        action="update",
        external_key="SL-1",
        label="AZ-1",
        amount=Decimal(1),
        before=before,
        after=after,
    )
    return [tuple(one) for one in changes(write)]


def test_only_fields_that_differ_are_named_in_words() -> None:
    before = {"unit_price": "10", "date": "2026-10-31", "cancelled": ""}
    after = {"unit_price": "12.5", "date": "2026-10-31", "cancelled": "2026-11-01"}
    assert differences(before, after) == [
        ("unit price", "10", "12.5"),
        ("cancelled", "", "2026-11-01"),
    ]


def test_the_lines_of_a_document_go_by_their_item() -> None:
    before = {"lines": [{"item": "A", "amount": "1"}, {"item": "A", "amount": "2"}]}
    after = {"lines": [{"item": "A", "amount": "1"}, {"item": "A", "amount": "3"}]}
    assert differences(before, after) == [("lines A (2) amount", "2", "3")]


def test_a_line_that_comes_or_goes_is_told_whole() -> None:
    before = {"lines": [{"item": "A", "amount": "1"}]}
    after = {"lines": [{"item": "B", "amount": "1"}]}
    assert differences(before, after) == [
        ("lines A item", "A", ""),
        ("lines A amount", "1", ""),
        ("lines B item", "", "B"),
        ("lines B amount", "", "1"),
    ]


def test_a_record_that_comes_or_goes_changes_no_field() -> None:
    assert differences(None, {"date": "2026-10-31"}) == []
    assert differences({"date": "2026-10-31"}, None) == []
