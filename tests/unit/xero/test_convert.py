"""Charges to an invoice and back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_chassis.connector.difference import part_of
from syncline_chassis.errors import NotBillableError
from syncline_contracts.charge import Charge
from syncline_xero.convert import Rules, document_number, to_draft
from syncline_xero.document import (
    Draft,
    amount_of,
    bills_the_same,
    from_document,
    to_element,
    to_offset,
    to_wire,
)
from syncline_xero.schemas import XeroDocument, XeroLineTag
from syncline_xero.tracking import Tag

from tests.unit.xero.samples import CONTACT, KEY, charge, charge_set, setup

NUMBER = "AZ-202610-7MV0TJM65C"


def draft(
    *charges: Charge,
    locked_until: date | None = None,
    rules: Rules | None = None,
    items: dict[str, Any] | None = None,
    written: dict[str, object] | None = None,
    current: dict[str, object] | None = None,
    **fields: Any,
) -> Draft:
    return to_draft(
        charge_set(*charges, **fields),
        rules or Rules(),
        setup(locked_until, **(items or {})),
        NUMBER,
        KEY,
        written=written,
        current=current,
    )


def answered(made: Draft) -> XeroDocument:
    """As Xero gives it back."""
    element = to_wire(to_element(made, None))
    lines = [{**x, "LineAmount": x["UnitAmount"], "LineItemID": "x"} for x in element["LineItems"]]
    return XeroDocument.model_validate(
        {
            **element,
            made.kind.identity: "i",
            "Date": "/Date(1793404800000+0000)/",
            "DueDate": f"{element['DueDate']}T00:00:00" if made.due_on else None,
            "LineItems": lines,
            "SubTotal": made.amount * made.kind.sign,
        }
    )


def found(there: XeroDocument, made: Draft) -> dict[str, object]:
    """What stands there, as far as it is compared with what was made."""
    return part_of(from_document(there), made.canonical())


def test_the_number_is_prefix_month_and_key() -> None:
    assert document_number("AZ", charge_set(charge("1")), KEY) == NUMBER


def test_the_request_has_one_line_per_charge_and_nothing_of_the_clock() -> None:
    element = to_element(draft(charge("1289.37"), charge("-0.10", "B")), None)
    assert element == {
        "Type": "ACCREC",
        "Status": "DRAFT",
        "Contact": {"ContactID": CONTACT},
        "InvoiceNumber": NUMBER,
        "Reference": f"Azure October 2026 [{KEY}]",
        "Date": "2026-10-31",
        "DueDate": "2026-11-14",
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": "AUD",
        "LineItems": [
            {
                "ItemCode": item,
                "Description": f"Item {item}",
                "Quantity": 1,
                "UnitAmount": amount,
                "AccountCode": "200",
                "TaxType": "OUTPUT",
            }
            for item, amount in (("A", "1289.37"), ("B", "-0.10"))
        ],
    }


CENTS = st.decimals(min_value=Decimal("0.01"), max_value=10**12, places=2)


@given(st.lists(CENTS, min_size=1, max_size=30))
def test_amounts_survive_the_round_trip(amounts: list[Decimal]) -> None:
    made = draft(*(charge(str(amount)) for amount in amounts))
    back = answered(made)
    assert found(back, made) == made.canonical()
    assert back.sub_total == made.amount == sum(amounts)


def test_zero_charges_are_left_out_and_named() -> None:
    made = draft(charge("1.00"), charge("0.00", "B", description="Free\n grant"))
    assert [line.item for line in made.lines] == ["A"]
    assert made.notes()["left_out_at_0.00"] == ["B: Free grant"]
    assert draft(charge("1.00")).canonical() == made.canonical()


def test_order_of_lines_and_remarks_are_nobodys_business() -> None:
    made = draft(charge("1.00"), charge("2.00", "B"))
    back = answered(made)
    remark = back.line_items[0].model_copy(
        update={"line_amount": Decimal("0.00"), "unit_amount": None, "item_code": ""}
    )
    turned = back.model_copy(update={"line_items": (remark, *reversed(back.line_items))})
    assert found(turned, made) == made.canonical()


@pytest.mark.parametrize(
    ("locked_until", "month", "issued_on"),
    [
        (None, "2026-10", "2026-10-31"),
        (None, "2028-02", "2028-02-29"),
        ("2026-09-30", "2026-10", "2026-10-31"),
        ("2026-10-30", "2026-10", "2026-10-31"),
        ("2026-10-31", "2026-10", "2026-11-01"),
        ("2026-12-31", "2026-10", "2027-01-01"),
    ],
)
def test_the_date_is_the_months_last_day_or_the_first_open_one(
    locked_until: str | None, month: str, issued_on: str
) -> None:
    lock = date.fromisoformat(locked_until) if locked_until else None
    made = draft(charge("1"), locked_until=lock, billing_month=month)
    assert made.issued_on.isoformat() == issued_on
    assert made.due_on is not None
    assert (made.due_on - made.issued_on).days == 14


def test_dated_by_the_day_of_the_sync_it_is_the_organisations_day_or_the_first_open_one() -> None:
    rules = Rules(date_rule="sync_day")
    assert draft(charge("1"), rules=rules).issued_on == date(2026, 11, 5)
    locked = draft(charge("1"), rules=rules, locked_until=date(2026, 11, 30))
    assert locked.issued_on == date(2026, 12, 1)
    written = draft(charge("1")).canonical()
    again = draft(charge("2"), rules=rules, written=written, current=written)
    assert again.issued_on == date(2026, 10, 31)


def test_a_date_once_written_stays_while_nothing_else_changes() -> None:
    lock = date(2026, 10, 31)
    written = draft(charge("1.00")).canonical()
    same = draft(charge("1.00"), locked_until=lock, written=written, current=written)
    assert same.canonical() == written
    dearer = draft(charge("2.00"), locked_until=lock, written=written, current=written)
    assert dearer.issued_on == date(2026, 11, 1)


def test_an_update_keeps_the_lines_ids() -> None:
    current = answered(draft(charge("1.00"), charge("2.00", "B"), charge("3.00")))
    ids = ("one", "two", "three")
    lines = tuple(
        line.model_copy(update={"line_item_id": name})
        for line, name in zip(current.line_items, ids, strict=True)
    )
    current = current.model_copy(update={"line_items": lines})
    wanted = draft(charge("9.00"), charge("8.00"), charge("7.00"))
    element = to_element(wanted, current)
    assert element["InvoiceID"] == "i"
    assert [line.get("LineItemID") for line in element["LineItems"]] == ["one", "three", None]


def test_other_dates_and_tags_bill_the_same_and_other_amounts_do_not() -> None:
    made = draft(charge("1.00"), charge("2.00", "B"))
    dated = draft(charge("1.00"), charge("2.00", "B"), rules=Rules(due_days=30))
    assert made.canonical() != dated.canonical()
    assert bills_the_same(made.canonical(), dated.canonical())
    assert bills_the_same(tagged("Region: North").canonical(), draft(charge("1.00")).canonical())
    assert not bills_the_same(made.canonical(), draft(charge("1.01")).canonical())


def test_long_text_is_cut_between_words() -> None:
    (line,) = draft(charge("1", description="word " * 2000)).lines
    assert len(line.description) <= 4000
    assert line.description.endswith("word...")
    (line,) = draft(charge("1", description="x" * 5000)).lines
    assert len(line.description) == 4000


def test_the_connection_may_name_one_account_and_tax_type_for_all() -> None:
    (line,) = draft(
        charge("1", "C"), rules=Rules(account_code="200", tax_type="OUTPUT"), items={"C": {}}
    ).lines
    assert (line.account, line.tax_type) == ("200", "OUTPUT")


@pytest.mark.parametrize(
    ("sells", "fields", "code", "words"),
    [
        (["1.00"], {"currency": "USD"}, "currency_mismatch", "USD"),
        (["1.00"], {"client_id": "nobody", "client_name": "Contoso"}, "rejected", "Contoso"),
        (["1.001"], {}, "tie_out_failed", "round"),
        (["1.001"], {"currency": "AUD"}, "tie_out_failed", "1.001"),
    ],
)
def test_what_xero_would_refuse_is_said_before(
    sells: list[str], fields: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(NotBillableError) as refused:
        draft(*(charge(sell) for sell in sells), **fields)
    assert refused.value.code == code
    assert words in refused.value.detail


@pytest.mark.parametrize(
    ("item", "rules", "words"),
    [
        (None, Rules(), "not sold"),
        ({"IsSold": False}, Rules(), "not sold"),
        ({"SalesDetails": {}}, Rules(), "no sales account"),
        ({"SalesDetails": {"AccountCode": "299"}}, Rules(), "'299'"),
        ({"SalesDetails": {"AccountCode": "820"}}, Rules(), "'820'"),
        ({"SalesDetails": {"AccountCode": "200", "TaxType": "INPUT"}}, Rules(), "'INPUT'"),
        ({"SalesDetails": {"AccountCode": "200"}}, Rules(account_code="1"), "'1'"),
        ({"SalesDetails": {"AccountCode": "200"}}, Rules(tax_type="GONE"), "'GONE'"),
    ],
)
def test_an_item_that_cannot_be_sold_is_named(
    item: dict[str, Any] | None, rules: Rules, words: str
) -> None:
    items = {} if item is None else {"C": item}
    with pytest.raises(NotBillableError, match=words):
        draft(charge("1.00", "C"), rules=rules, items=items)


def test_what_comes_to_less_than_zero_is_a_credit_note_over_what_is_owed_back() -> None:
    made = draft(charge("-100.00"), charge("0.10", "B"))
    element = to_element(made, None)
    assert (element["Type"], element["CreditNoteNumber"]) == ("ACCRECCREDIT", NUMBER)
    assert [line["UnitAmount"] for line in element["LineItems"]] == ["100.00", "-0.10"]
    assert not {"DueDate", "InvoiceNumber"} & set(element)
    assert made.amount == Decimal("-99.90")
    back = answered(made)
    assert (found(back, made), amount_of(back)) == (made.canonical(), Decimal("-99.90"))


@pytest.mark.parametrize(
    ("sells", "becomes"), [(("15.00", "-5.00"), "ACCRECCREDIT"), (("-7",), "ACCREC")]
)
def test_an_offset_has_the_same_lines_the_other_way_round(
    sells: tuple[str, ...], becomes: str
) -> None:
    made = draft(*(charge(sell, "AB"[at]) for at, sell in enumerate(sells)))
    offset = to_offset(
        answered(made), "AZ-2", "SL-2", Rules().terms(), date(2026, 11, 15), is_tagged=False
    )
    element = to_element(offset, None)
    assert (element["Type"], offset.amount) == (becomes, -made.amount)
    assert offset.issued_on == date(2026, 11, 16)
    assert (
        element["LineItems"][0]["UnitAmount"]
        == to_element(made, None)["LineItems"][0]["UnitAmount"]
    )


def including_tax(sub_total: str) -> XeroDocument:
    """Two lines of 110.00 and 5.50 with 10.50 of tax in them, as a person may have set it."""
    back = answered(draft(charge("110.00"), charge("5.50", "B")))
    taxes = (Decimal("10.00"), Decimal("0.50"))
    lines = tuple(
        line.model_copy(update={"tax_amount": tax})
        for line, tax in zip(back.line_items, taxes, strict=True)
    )
    changed = {"line_amount_types": "Inclusive", "sub_total": Decimal(sub_total)}
    return back.model_copy(update={**changed, "line_items": lines})


def test_amounts_that_include_the_tax_are_taken_back_before_it() -> None:
    there = including_tax("105.00")
    offset = to_offset(there, "AZ-2", "SL-2", Rules().terms(), None, is_tagged=False)
    assert offset.amount == -amount_of(there) == Decimal("-105.00")
    element = to_element(offset, None)
    assert element["LineAmountTypes"] == "Exclusive"
    assert [line["UnitAmount"] for line in element["LineItems"]] == ["100.00", "5.00"]


def test_lines_that_do_not_come_to_what_is_billed_are_not_taken_back_one_by_one() -> None:
    with pytest.raises(NotBillableError, match=r"bills 105\.01 before tax in Xero.* 105\.00"):
        to_offset(including_tax("105.01"), "AZ-2", "SL-2", Rules().terms(), None, is_tagged=False)


TAGS = (
    Tag("c", "o", "Service line: Azure", True),
    Tag("c", "p", "Service line: Old", False),
    Tag("d", "n", "Region: North", True),
)


def tagged(tracking: str) -> Draft:
    known = replace(setup(), tags=TAGS)
    return to_draft(charge_set(charge("1.00")), Rules(tracking=tracking), known, NUMBER, KEY)


def with_tags(made: Draft, *tags: tuple[str, str]) -> XeroDocument:
    back = answered(made)
    found = tuple(
        XeroLineTag.model_validate({"Name": name, "Option": option}) for name, option in tags
    )
    lines = tuple(line.model_copy(update={"tracking": found}) for line in back.line_items)
    return back.model_copy(update={"line_items": lines})


def test_every_line_bears_the_tags_of_the_connection_new_or_not() -> None:
    made = tagged(" service  line:azure; ")
    for there in (None, answered(made)):
        (line,) = to_element(made, there)["LineItems"]
        assert line["Tracking"] == [{"TrackingCategoryID": "c", "TrackingOptionID": "o"}]


def test_other_tags_than_the_connection_names_are_a_difference() -> None:
    made = tagged("Service line: Azure; Region: North")
    there = with_tags(made, ("Region", "North"), ("Service line", "Azure"))
    assert found(there, made) == made.canonical()
    for tags in ((), (("Region", "North"),), (("Region", "South"), ("Service line", "Azure"))):
        assert found(with_tags(made, *tags), made) != made.canonical()


def test_a_connection_that_names_no_tags_leaves_those_of_people_alone() -> None:
    made = tagged("")
    there = with_tags(made, ("Region", "South"))
    assert found(there, made) == made.canonical()
    (line,) = to_element(made, there)["LineItems"]
    assert "Tracking" not in line
    assert line["LineItemID"]


@pytest.mark.parametrize("is_tagged", [True, False])
def test_an_offset_bears_the_tags_of_what_it_takes_back(is_tagged: bool) -> None:
    tag = XeroLineTag.model_validate(
        {
            "Name": "Region",
            "Option": "North",
            "TrackingCategoryID": "d",
            "TrackingOptionID": "n",
        }
    )
    there = answered(tagged(""))
    lines = tuple(line.model_copy(update={"tracking": (tag,)}) for line in there.line_items)
    there = there.model_copy(update={"line_items": lines})
    offset = to_offset(there, "AZ-2", "SL-2", Rules().terms(), None, is_tagged=is_tagged)
    (line,) = to_element(offset, None)["LineItems"]
    assert line["Tracking"] == [{"TrackingCategoryID": "d", "TrackingOptionID": "n"}]
    assert ("Region: North" in str(offset.canonical())) is is_tagged


@pytest.mark.parametrize(
    ("tracking", "words"),
    [
        ("Service line: Old", "no active option 'Service line: Old'"),
        ("Azure", "no active option 'Azure'"),
        ("; ".join(["Service line: Azure"] * 3), "takes two tags"),
    ],
)
def test_a_tag_that_is_not_there_is_told_before(tracking: str, words: str) -> None:
    with pytest.raises(NotBillableError, match=words):
        to_draft(
            charge_set(charge("1.00")),
            Rules(tracking=tracking),
            replace(setup(), tags=TAGS),
            NUMBER,
            KEY,
        )
