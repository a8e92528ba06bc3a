"""Pages of the v1 API: one set with every digit, or refused with what is missing."""

import json
from decimal import Decimal
from typing import Any

import pytest
from syncline_contracts.money import add
from syncline_ingest.readers.refusal import RefusedDocumentError

from tests.unit.ingest.samples import TENANT, page, read, read_spooled, zipped


def refusal(data: bytes) -> RefusedDocumentError:
    with pytest.raises(RefusedDocumentError) as caught:
        read_spooled(data, "pages.zip")
    return caught.value


def test_pages_are_one_document_whose_rows_are_counted_through() -> None:
    data = zipped({"page1.json": page({}, {}, follows="t"), "page2.json": page({"subtotal": -1})})
    lines, head = read_spooled(data)
    assert [source.line["row"] for source in lines] == [1, 2, 3]
    assert add(source.cost for source in lines) == Decimal("41.78")
    assert (head.role, head.invoice_no, head.billing_month) == ("billing", "G001234567", "2026-10")
    assert lines[0].owner.tenant_id == TENANT
    assert lines[0].line["publisher"] == "Microsoft"


def test_every_digit_of_a_json_number_counts() -> None:
    digits = "0.1999968000511991808131123456"
    data = page({}).replace(b"0.737586206896552", digits.encode())
    ((source,), _) = read(data)
    assert source.line["effective_unit_price"] == digits


def test_a_page_of_usage_is_detail_and_its_earned_credit_a_percentage() -> None:
    item = {
        "billingPreTaxTotal": 0.49,
        "billingCurrency": "AUD",
        "rateOfPartnerEarnedCredit": 0.15,
        "chargeStartDate": "2026-10-01",
        "unitOfMeasure": "1 Hour",
        "usageDate": "2026-10-05",
        "attributes": {"objectType": "DailyRatedUsageLineItem"},
    }
    ((source,), head) = read(page(item))
    assert (head.role, head.format) == ("detail", "partner_center_usage")
    assert (source.line["pec_percent"], source.line["unit"]) == ("15.00", "1 Hour")


def test_the_head_of_the_invoice_may_lie_with_its_pages() -> None:
    head = {
        "id": "G001234567",
        "invoiceDate": "2026-11-07T22:40:37Z",
        "billingPeriodStartDate": "2026-10-01T00:00:00Z",
        "documentType": "adjustment_note",
        "amendsOf": "G000999999",
        "invoiceDetails": [],
    }
    data = zipped({"invoice.json": json.dumps(head).encode(), "page1.json": page({})})
    (_, found) = read_spooled(data)
    assert (found.billing_month, found.amends) == ("2026-10", "G000999999")
    assert str(found.invoice_date) == "2026-11-07"


BILLED = page({}, follows="t2")
LAST = page({"subtotal": 1})
BROKEN: dict[str, tuple[Any, str, str]] = {
    "the last one": ({"1.json": BILLED}, "missing_page", "another one follows"),
    "one between": (
        {"page1.json": BILLED, "page3.json": LAST},
        "missing_page",
        "page 2 is not here",
    ),
    "lines": ({"1.json": page({}, totalCount=5)}, "missing_page", "1 lines and states 5"),
    "none, two sets": ({"1.json": page({}), "2.json": LAST}, "two_sets", "not one set"),
    "none, one twice": ({"1.json": LAST, "2.json": LAST}, "page_twice", "same page"),
    "the half of one": ({"1.json": LAST[:-9]}, "broken_page", "cut off"),
    "a digit": ({"1.json": page({}).replace(b"21.39,", b"NaN,")}, "broken_page", "cut off"),
    "a name": (
        {"1.json": LAST.replace(b'"mpnId"', b'"invoiceNumber"')},
        "duplicate_column",
        "twice",
    ),
    "depth": ({"1.json": b'{"items":' + b"[" * 100_000 + b'"OneTimeInvoiceLineItem"'}, "", ""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_set_that_is_not_whole_is_refused_and_says_why(what: str) -> None:
    files, code, words = BROKEN[what]
    error = refusal(zipped(files))
    assert error.code.startswith(code)
    assert words in error.message


def test_a_page_that_another_one_names_must_be_there() -> None:
    def linked(own: str, follows: str, **item: Any) -> bytes:
        found = json.loads(page(item, follows=follows))
        found["links"]["self"]["headers"] = [{"key": "MS-ContinuationToken", "value": own}]
        return json.dumps(found).encode()

    files = {"a": linked("t1", "t2"), "b": linked("t2", "t3", mpnId=1), "c": linked("t3", "")}
    lines, _ = read_spooled(zipped(files))
    assert len(lines) == 3
    del files["b"]
    assert refusal(zipped(files)).code == "missing_page"


def test_the_names_of_a_field_that_differ_by_case_alone_are_refused() -> None:
    error = refusal(zipped({"1.json": page({"SubTotal": 5})}))
    assert (error.code, error.row, error.column) == ("duplicate_column", 1, "subtotal")
