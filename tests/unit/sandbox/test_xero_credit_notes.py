"""Credit notes are as strict as invoices, and are found by expressions only."""

from typing import Any

import httpx
import pytest

from tests.unit.sandbox.conftest import Xero, messages, money

QUERY = "?unitdp=4&summarizeErrors=false"


def note(xero: Xero, number: str, *amounts: str, **fields: Any) -> dict[str, Any]:
    body = xero.bill(number, *amounts)
    del body["InvoiceNumber"]
    return {**body, "Type": "ACCRECCREDIT", "CreditNoteNumber": number, **fields}


async def put(xero: Xero, *notes: dict[str, Any], method: str = "PUT") -> list[dict[str, Any]]:
    answer = await xero.call(method, f"/CreditNotes{QUERY}", json={"CreditNotes": notes})
    return _rows(answer)


async def found(xero: Xero, where: str, **params: str) -> list[str]:
    answer = await xero.call("GET", "/CreditNotes", params={"where": where, "page": "1", **params})
    return [row["CreditNoteNumber"] for row in _rows(answer)]


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["CreditNotes"]
    return rows


async def test_a_draft_is_added_up_and_is_no_invoice(xero: Xero) -> None:
    (row,) = await put(xero, note(xero, "CN-1", "20.00", "-0.50"))
    assert (row["Type"], row["Status"]) == ("ACCRECCREDIT", "DRAFT")
    assert money(str(row["SubTotal"])) == money("19.50")
    assert money(str(row["RemainingCredit"])) == money("21.45")
    assert not {"InvoiceID", "InvoiceNumber", "AmountDue", "DueDate"} & set(row)
    assert (await xero.call("GET", "/Invoices")).json()["Invoices"] == []
    assert (await xero.call("GET", f"/Invoices/{row['CreditNoteID']}")).status_code == 404
    assert (await xero.stats())["write_requests"] == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Type": "ACCREC"}, "CreditNote Type must be ACCRECCREDIT"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        ({"Status": "PAID"}, "Status must be one of AUTHORISED, DRAFT, SUBMITTED"),
    ],
)
async def test_a_bad_one_is_refused_beside_a_good_one(
    xero: Xero, change: dict[str, Any], expected: str
) -> None:
    rows = await put(xero, note(xero, "CN-1", "1"), {**note(xero, "CN-2", "1"), **change})
    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR"]
    assert messages(rows[1]) == [expected]


async def test_a_negative_total_and_a_taken_number_are_refused(xero: Xero) -> None:
    rows = await put(
        xero, note(xero, "CN-1", "1"), note(xero, "CN-1", "2"), note(xero, "CN-2", "1", "-2")
    )
    assert [messages(row) for row in rows] == [
        [],
        ["Credit note # must be unique."],
        ["The document total must not be less than zero"],
    ]
    # An invoice of the same number is another document.
    assert (await xero.put(xero.bill("CN-1", "5"))).json()["Invoices"][0]["HasErrors"] is False


async def test_they_are_found_by_where_and_by_pages(xero: Xero) -> None:
    rows = await put(xero, *(note(xero, f"CN-{n}", "1") for n in range(1, 5)))
    first, second = (row["CreditNoteID"] for row in rows[:2])
    assert await found(xero, 'CreditNoteNumber=="CN-1" OR CreditNoteNumber=="CN-3"') == [
        "CN-1",
        "CN-3",
    ]
    where = f'CreditNoteID==guid("{first}") OR CreditNoteID==guid("{second}")'
    assert await found(xero, where) == ["CN-1", "CN-2"]
    assert await found(xero, 'Status=="DRAFT" AND CreditNoteNumber=="CN-4"') == ["CN-4"]
    assert len(_rows(await xero.call("GET", "/CreditNotes?page=1&pageSize=3"))) == 3
    for params in ({"IDs": first}, {"where": 'Status=="DRAFT" OR '}):
        assert (await xero.call("GET", "/CreditNotes", params=params)).status_code == 400


async def test_a_draft_is_deleted_and_an_approved_one_is_voided_without_a_due_date(
    xero: Xero,
) -> None:
    draft, approved = await put(xero, note(xero, "CN-1", "1"), note(xero, "CN-2", "1"))

    async def becomes(row: dict[str, Any], status: str) -> str:
        change = {"CreditNoteID": row["CreditNoteID"], "Status": status}
        (answer,) = await put(xero, change, method="POST")
        return "; ".join(messages(answer)) or str(answer["Status"])

    assert await becomes(draft, "DELETED") == "DELETED"
    assert await becomes(approved, "AUTHORISED") == "AUTHORISED"
    assert await becomes(approved, "DELETED") == "CreditNote not of valid status for modification"
    assert await becomes(approved, "VOIDED") == "VOIDED"
