"""Charges become additions, and additions come back as what was written."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_chassis.errors import NotBillableError
from syncline_chassis.testing.desk import charge_set
from syncline_connectwise.convert import (
    Draft,
    amount_of,
    from_addition,
    ignored,
    to_body,
    to_draft,
    to_offset,
    to_operations,
    to_wire,
)
from syncline_connectwise.preflight import Rules
from syncline_connectwise.schemas import CwAddition

from tests.unit.connectwise.samples import KEY, agreement, charge, day, place

NOVEMBER = {"effective": "2026-11-01", "cancelled": "2026-11-30"}
EXPIRED = {"agreementStatus": "Expired", "endDate": "2026-10-31", "noEndingDateFlag": False}


def draft(sell: str = "1289.37", *, before: Any = None, **fields: Any) -> Draft:
    one = charge(sell, **fields.pop("charge", {}))
    rules = fields.pop("rules", Rules())
    changes = fields.pop("charges", {})
    return to_draft(charge_set(one, **changes), one, KEY, place(**fields), rules, before=before)


def answered(made: Draft, **changes: Any) -> CwAddition:
    """What ConnectWise would answer to a create."""
    body = {**to_wire(to_body(made)), "id": 7, "billedQuantity": None, **changes}
    return CwAddition.model_validate(body)


def test_a_charge_becomes_a_dated_addition_with_price_and_cost() -> None:
    assert to_body(draft(charge={"cost": Decimal("1121.194")})) == {
        "product": {"identifier": "AZ"},
        "quantity": "1",
        "unitPrice": "1289.37",
        "unitCost": "1121.19",
        "billCustomer": "Billable",
        "effectiveDate": "2026-11-01T00:00:00Z",
        "cancelledDate": "2026-11-30T00:00:00Z",
        "serialNumber": KEY,
        "invoiceDescription": f"Azure consumption, Azure 2026-10 [{KEY}]",
    }


@given(st.decimals(-(10**9), 10**9, places=2))
def test_amounts_survive_the_way_there_and_back(sell: Decimal) -> None:
    made = draft(str(sell))
    there = answered(made, unitPrice=float(sell), unitCost=float(sell))
    assert from_addition(there, 30) == made.canonical()
    assert amount_of(there) == sell


def test_what_is_not_billed_comes_to_nothing() -> None:
    assert amount_of(answered(draft(), billCustomer="DoNotBill")) == 0
    assert amount_of(answered(draft(), quantity=2)) == Decimal("2578.74")


def test_the_days_stay_when_the_price_changes() -> None:
    before = {**draft().canonical(), "effective": "2026-08-01", "cancelled": "2026-08-31"}
    changed = draft("5.00", before=before)
    assert (changed.days.first, changed.days.last) == (day("2026-08-01"), day("2026-08-31"))


@pytest.mark.parametrize("cancelled", ["", "2026-11-30"])
def test_an_addition_that_would_go_on_gets_an_end(cancelled: str) -> None:
    before = {**draft().canonical(), "cancelled": cancelled}
    assert draft(before=before).canonical() == draft().canonical()


@pytest.mark.parametrize(
    "closed",
    [
        {"agreement": EXPIRED},
        {"agreement": {"cancelledFlag": True}},
        {"agreement": {"billingCycle": {"id": 3, "name": "Yearly"}}},
        {"company": {"deletedFlag": True}},
        {"product": {"inactiveFlag": True}},
    ],
)
def test_what_stands_as_it_should_needs_no_open_agreement(closed: dict[str, Any]) -> None:
    before = draft().canonical()
    assert draft(before=before, **closed).canonical() == before
    for sell, known in (("5.00", before), ("1289.37", None)):
        with pytest.raises(NotBillableError):
            draft(sell, before=known, **closed)


def test_another_currency_is_refused_even_where_nothing_changes() -> None:
    before = draft().canonical()
    with pytest.raises(NotBillableError, match="in USD"):
        draft(before=before, agreement={"currency": {"currencyCode": "USD"}})


def test_a_price_below_the_smallest_unit_is_refused() -> None:
    with pytest.raises(NotBillableError, match="smallest unit") as refused:
        draft("1.005")
    assert refused.value.code == "tie_out_failed"


def test_an_update_names_what_differs_and_always_price_and_cost() -> None:
    made = draft()
    current = {**made.canonical(), "quantity": "3", "product": "OLD"}
    operations = to_operations(made, current)
    assert [one["path"] for one in operations] == [
        "product",
        "quantity",
        "unitPrice",
        "unitCost",
        "invoiceDescription",
    ]
    assert {one["op"] for one in operations} == {"replace"}
    assert all("/" not in one["path"] for one in operations)
    assert to_wire(operations)[2]["value"] == Decimal("1289.37")


EVERY_FIELD = {
    "product": "OLD",
    "quantity": "3",
    "unit_price": "1",
    "unit_cost": "1",
    "bill_customer": "DoNotBill",
    "effective": "2026-10-01",
    "cancelled": "2026-12-31",
}


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("product", {"id": 1, "identifier": "OLD"}),
        ("quantity", 3),
        ("unitPrice", 1),
        ("unitCost", 1),
        ("billCustomer", "DoNotBill"),
        ("effectiveDate", "2026-10-01T00:00:00Z"),
        ("cancelledDate", ""),
        ("invoiceDescription", "before"),
    ],
)
def test_every_field_of_an_update_is_looked_for_in_its_answer(path: str, stays: Any) -> None:
    made = draft()
    operations = to_operations(made, {**made.canonical(), **EVERY_FIELD})
    assert len(operations) == 8
    assert ignored(operations, answered(made)) == []
    assert ignored(operations, answered(made, **{path: stays})) == [path]


def test_an_answer_may_write_numbers_and_spaces_in_its_own_way() -> None:
    made = draft("100.10", charge={"description": "Azure  consumption"})
    operations = to_operations(made, {})
    shown = answered(made, unitPrice=100.1, quantity=1.0, invoiceDescription=f" {made.text}\r\n")
    assert ignored(operations, shown) == []


def test_what_was_invoiced_is_taken_back_in_the_open_period() -> None:
    made = draft("100.10", charge={"cost": Decimal("80.00")})
    later = agreement(nextInvoiceDate="2026-12-01T00:00:00Z")
    back = to_offset("AZ SL-1", made.canonical(), Decimal("100.10"), "SL-2", later, Rules())
    assert (back.price, back.cost, back.serial) == (Decimal("-100.10"), Decimal("-80.00"), "SL-2")
    assert (back.days.first, back.days.last) == (day("2026-12-01"), day("2026-12-31"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (None, "Credit it there by hand"),
        ({"agreementStatus": "Expired"}, "is Expired"),
        ({"billingCycle": {"name": "Yearly"}}, "billed Yearly"),
    ],
)
def test_what_cannot_be_taken_back_says_why(fields: dict[str, Any] | None, words: str) -> None:
    there = None if fields is None else agreement(**fields)
    with pytest.raises(NotBillableError, match=words):
        to_offset("AZ SL-1", draft().canonical(), Decimal(1), "SL-2", there, Rules())


@given(st.text(min_size=1, max_size=12_000))
def test_any_text_fits_and_ends_with_the_key(text: str) -> None:
    made = draft(charge={"description": text})
    assert len(made.text) <= 6000
    assert made.text.endswith(f", Azure 2026-10 [{KEY}]")
