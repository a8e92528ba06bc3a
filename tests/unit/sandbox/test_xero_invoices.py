from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from syncline_sandbox.app import create_app
from syncline_sandbox.decimals import load_json

from tests.unit.sandbox.conftest import Xero, first, messages, money


async def test_draft_is_added_up(xero: Xero) -> None:
    row = first(await xero.put(xero.bill("SL-1", "1289.37", "0.05", "10.005")))
    assert row["StatusAttributeString"] == "OK"
    assert row["HasErrors"] is False
    # 10.005 is 10.01 on its line; each line's tax is rounded before it is added.
    assert [line["LineAmount"] for line in row["LineItems"]] == [
        money("1289.37"),
        money("0.05"),
        money("10.01"),
    ]
    assert (row["SubTotal"], row["TotalTax"], row["Total"]) == (
        money("1299.43"),
        money("129.95"),
        money("1429.38"),
    )
    assert row["Date"] == "/Date(1793836800000+0000)/"
    assert row["DateString"] == "2026-11-05T00:00:00"
    assert (await xero.stats())["records_created"] == 1


async def test_unit_amount_has_two_places_unless_four_are_asked_for(xero: Xero) -> None:
    bill = {**xero.bill("SL-2", "0.1234"), "LineItems": [{**_line(xero), "UnitAmount": 0.1234}]}
    bill["LineItems"][0]["Quantity"] = 100
    four = first(await xero.put(bill))
    two = first(
        await xero.call("PUT", "/Invoices", json={"Invoices": [{**bill, "InvoiceNumber": "SL-3"}]})
    )
    assert (four["SubTotal"], two["SubTotal"]) == (money("12.34"), money("12.00"))
    shown = first(await xero.call("GET", f"/Invoices/{four['InvoiceID']}"))
    assert shown["LineItems"][0]["UnitAmount"] == money("0.12")
    exact = first(await xero.call("GET", f"/Invoices/{four['InvoiceID']}?unitdp=4"))
    assert exact["LineItems"][0]["UnitAmount"] == money("0.1234")


def _line(xero: Xero) -> dict[str, Any]:
    line: dict[str, Any] = xero.bill("x", "1")["LineItems"][0]
    return line


BAD_LINES: dict[str, tuple[dict[str, Any], str]] = {
    "item": ({"ItemCode": "NOPE"}, "Item code 'NOPE' is not valid"),
    "account": ({"AccountCode": "999"}, "Account code '999' is not valid"),
    "archived account": ({"AccountCode": "299"}, "Account code '299' is not valid"),
    "tax": ({"TaxType": "INPUT"}, "The TaxType code 'INPUT' does not exist"),
    "no text": ({"Description": ""}, "Description must have 1 to 4000"),
    "long text": ({"Description": "x" * 4001}, "Description must have 1 to 4000"),
    "sub-cent": ({"Quantity": 2, "UnitAmount": 0.001}, "Account must be valid"),
    "line amount": ({"LineAmount": 99}, "The line total 99 does not match"),
    "tracking": ({"Tracking": [{"Name": "a", "Option": "b"}]}, "The tracking category"),
}


@pytest.mark.parametrize("case", BAD_LINES)
async def test_bad_line_is_refused(xero: Xero, case: str) -> None:
    change, expected = BAD_LINES[case]
    bill = xero.bill("SL-1", "10")
    bill["LineItems"][0] |= change
    answer = await xero.put(bill)
    row = first(answer)
    assert answer.status_code == 200
    assert (row["StatusAttributeString"], row["HasErrors"]) == ("ERROR", True)
    assert any(text.startswith(expected) for text in messages(row))
    assert any(text.startswith(expected) for text in messages(row["LineItems"][0]))
    assert await xero.stored() == []


BAD_BILLS: dict[str, tuple[dict[str, Any], str]] = {
    "contact": (
        {"Contact": {"ContactID": "00000000-0000-4000-8000-000000000000"}},
        "The contact with the specified",
    ),
    "contact details": ({"Contact": {"Name": "Acme"}}, "The Contact must contain a ContactID"),
    "currency": ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
    "locked": ({"Date": "2026-06-30"}, "The document date cannot be before the period lock date"),
    "type": ({"Type": "ACCPAY"}, "Invoice Type must be ACCREC"),
    "no lines": ({"LineItems": []}, "One or more line items"),
    "status": ({"Status": "PAID"}, "Status must be one of"),
    "long number": ({"InvoiceNumber": "x" * 256}, "InvoiceNumber must not be longer"),
}


@pytest.mark.parametrize("case", BAD_BILLS)
async def test_bad_bill_is_refused(xero: Xero, case: str) -> None:
    change, expected = BAD_BILLS[case]
    await xero.http.patch(
        f"/_sandbox/organisations/{xero.org}", json={"period_lock_date": "2026-06-30"}
    )
    row = first(await xero.put({**xero.bill("SL-1", "10"), **change}))
    assert any(text.startswith(expected) for text in messages(row)), messages(row)


async def test_negative_total_is_refused(xero: Xero) -> None:
    row = first(await xero.put(xero.bill("SL-1", "10", "-20")))
    assert messages(row) == ["The document total must not be less than zero"]


async def test_archived_contact_is_refused(xero: Xero) -> None:
    archived = {"contact_id": xero.contact, "name": "Gone", "status": "ARCHIVED"}
    await xero.http.post(f"/_sandbox/xero/{xero.org}/contacts", json=archived)
    row = first(await xero.put(xero.bill("SL-1", "10")))
    assert messages(row) == ["The contact's status is ARCHIVED, it must be ACTIVE"]


async def test_good_elements_are_saved_beside_bad_ones(xero: Xero) -> None:
    answer = await xero.put(xero.bill("SL-1", "1"), xero.bill("SL-1", "2"), xero.bill("SL-2", "3"))
    rows = answer.json()["Invoices"]
    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR", "OK"]
    assert messages(rows[1]) == ["Invoice # must be unique."]
    assert [row["number"] for row in await xero.stored()] == ["SL-1", "SL-2"]


async def test_whole_batch_is_refused_without_summarize_errors(xero: Xero) -> None:
    bills = [xero.bill("SL-1", "1"), xero.bill("SL-2", "2", CurrencyCode="EUR")]
    answer = await xero.call("PUT", "/Invoices", json={"Invoices": bills})
    body = answer.json()
    assert answer.status_code == 400
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    assert [element["InvoiceNumber"] for element in body["Elements"]] == ["SL-2"]
    assert messages(body["Elements"][0]) == ["Organisation is not subscribed to currency EUR"]
    assert await xero.stored() == []
    assert (await xero.stats())["records_created"] == 0


async def test_put_never_overwrites_and_post_does(xero: Xero) -> None:
    await xero.put(xero.bill("SL-1", "1"))
    assert messages(first(await xero.put(xero.bill("SL-1", "2")))) == ["Invoice # must be unique."]
    body = {"Invoices": [xero.bill("SL-1", "2")]}
    await xero.call("POST", "/Invoices?summarizeErrors=false", json=body)
    assert [row["total"] for row in await xero.stored()] == ["2.20"]
    stats = await xero.stats()
    assert (stats["records_created"], stats["records_updated"]) == (1, 1)
    assert stats["write_requests"] == 3


async def test_lines_without_their_id_are_made_anew(xero: Xero) -> None:
    row = first(await xero.put(xero.bill("SL-1", "1", "2")))
    ids = [line["LineItemID"] for line in row["LineItems"]]
    kept = {"LineItemID": ids[1], "UnitAmount": 5}
    change = {"Invoices": [{"LineItems": [kept, _line(xero)]}]}
    after = first(await xero.call("POST", f"/Invoices/{row['InvoiceID']}", json=change))
    assert after["LineItems"][0]["LineItemID"] == ids[1]
    assert after["LineItems"][0]["Description"] == "Azure consumption"
    assert after["LineItems"][1]["LineItemID"] not in ids
    assert after["SubTotal"] == money("6.00")


async def test_only_drafts_can_be_changed(xero: Xero) -> None:
    row = first(await xero.put(xero.bill("SL-1", "1")))
    edit = {"status": "AUTHORISED"}
    await xero.http.post(f"/_sandbox/xero/{xero.org}/invoices/SL-1", json=edit)
    path = f"/Invoices/{row['InvoiceID']}"
    refused = await xero.call("POST", path, json={"Invoices": [{"Reference": "new"}]})
    assert refused.status_code == 400
    expected = ["Invoice not of valid status for modification"]
    assert messages(refused.json()["Elements"][0]) == expected
    await xero.http.patch(
        f"/_sandbox/organisations/{xero.org}", json={"period_lock_date": "2026-11-05"}
    )
    locked = await xero.call("POST", path, json={"Status": "VOIDED"})
    assert messages(locked.json()["Elements"][0]) == [
        "The document date cannot be before the period lock date"
    ]
    await xero.http.patch(f"/_sandbox/organisations/{xero.org}", json={"period_lock_date": None})
    voided = await xero.call("POST", path, json={"Invoices": [{"Status": "VOIDED"}]})
    assert first(voided)["Status"] == "VOIDED"
    again = await xero.call("POST", path, json={"Invoices": [{"Status": "DRAFT"}]})
    assert again.status_code == 400


async def test_draft_cannot_be_voided(xero: Xero) -> None:
    row = first(await xero.put(xero.bill("SL-1", "1")))
    answer = await xero.call("POST", f"/Invoices/{row['InvoiceID']}", json={"Status": "VOIDED"})
    assert answer.status_code == 400


async def test_deleted_draft_keeps_its_number_unless_the_organisation_frees_it(xero: Xero) -> None:
    row = first(await xero.put(xero.bill("SL-1", "1")))
    deleted = {"Invoices": [{"InvoiceID": row["InvoiceID"], "Status": "DELETED"}]}
    assert first(await xero.call("POST", "/Invoices", json=deleted))["Status"] == "DELETED"
    assert messages(first(await xero.put(xero.bill("SL-1", "1"))))
    free = {"reuse_deleted_numbers": True}
    await xero.http.patch(f"/_sandbox/organisations/{xero.org}", json=free)
    assert first(await xero.put(xero.bill("SL-1", "1")))["StatusAttributeString"] == "OK"


async def test_a_persons_edit_moves_the_totals(xero: Xero) -> None:
    await xero.put(xero.bill("SL-1", "100", "50"))
    edit = {"lines": [{"index": 1, "unit_amount": "60.00"}]}
    await xero.http.post(f"/_sandbox/xero/{xero.org}/invoices/SL-1", json=edit)
    found = first(await xero.call("GET", "/Invoices?InvoiceNumbers=SL-1"))
    assert (found["SubTotal"], found["TotalTax"]) == (money("160.00"), money("16.00"))
    # A list without a page has no lines.
    assert found["LineItems"] == []
    stats = await xero.stats()
    assert (stats["records_created"], stats["records_updated"]) == (1, 0)


async def test_list_filters_and_pages(xero: Xero) -> None:
    bills = [xero.bill(f"SL-{at}", "1", Reference=f"Azure [{at}]") for at in range(7)]
    await xero.put(*bills)
    answer = (await xero.call("GET", "/Invoices?page=2&pageSize=3")).json()
    assert [row["InvoiceNumber"] for row in answer["Invoices"]] == ["SL-3", "SL-4", "SL-5"]
    assert answer["pagination"] == {"page": 2, "pageSize": 3, "pageCount": 3, "itemCount": 7}
    assert len(answer["Invoices"][0]["LineItems"]) == 1
    for query in (
        "InvoiceNumbers=SL-4",
        "searchTerm=[4]",
        'where=InvoiceNumber=="SL-4" AND Status=="DRAFT" AND Date>=DateTime(2026,11,01)',
        f"ContactIDs={xero.contact}&Statuses=DRAFT&searchTerm=SL-4&createdByMyApp=true",
    ):
        found = (await xero.call("GET", f"/Invoices?{query}")).json()["Invoices"]
        assert [row["InvoiceNumber"] for row in found] == ["SL-4"], query
    nonsense = await xero.call("GET", "/Invoices?where=Total!5")
    assert nonsense.status_code == 400


async def test_requests_that_make_no_sense(xero: Xero) -> None:
    assert (await xero.call("PUT", "/Invoices", content=b"{")).status_code == 400
    assert (await xero.call("PUT", "/Invoices", json={"invoice": []})).status_code == 400
    missing = "/Invoices/00000000-0000-4000-8000-000000000000"
    assert (await xero.call("GET", missing)).status_code == 404
    assert (await xero.call("POST", missing, json={"Status": "DELETED"})).status_code == 404


async def test_faults_inside_the_answer(xero: Xero) -> None:
    await xero.fault(kind="error_in_200", match="SL-2", message="Not today")
    answer = await xero.put(xero.bill("SL-1", "1"), xero.bill("SL-2", "1"))
    rows = answer.json()["Invoices"]
    assert [messages(row) for row in rows] == [[], ["Not today"]]
    await xero.fault(kind="off_by_cent", match="SL-3")
    row = first(await xero.put(xero.bill("SL-3", "1")))
    assert (row["SubTotal"], row["TotalTax"]) == (money("1.01"), money("0.10"))


async def test_an_answer_may_be_200_and_wrong(xero: Xero) -> None:
    await xero.put(xero.bill("SL-1", "1"), xero.bill("SL-2", "2"))
    url = "/Invoices?InvoiceNumbers=SL-1,SL-2&page=1"
    for kind, shown in (("off_by_cent", ["1.01", "2"]), ("left_out", ["2"])):
        await xero.fault(kind=kind, method="GET")
        rows = [load_json((await xero.call("GET", url)).content)["Invoices"] for _ in range(2)]
        assert [[row["SubTotal"] for row in found] for found in rows] == [
            list(map(money, shown)),
            [money("1"), money("2")],
        ]
    await xero.fault(kind="not_done", match="DELETED")
    gone = {"Invoices": [{"InvoiceNumber": "SL-1", "Status": "DELETED"}]}
    answer = await xero.call("POST", "/Invoices", json=gone)
    assert (answer.status_code, first(answer)["Status"]) == (200, "DELETED")
    assert {row["status"] for row in await xero.stored()} == {"DRAFT"}


async def test_state_survives_a_restart(xero: Xero, tmp_path: Path) -> None:
    await xero.put(xero.bill("SL-1", "1"))
    app = create_app(tmp_path)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as again:
        xero.http = again
        found = first(await xero.call("GET", "/Invoices?InvoiceNumbers=SL-1"))
        assert found["Total"] == Decimal("1.10")
        assert (await xero.stats())["write_requests"] == 1
    app.close()
