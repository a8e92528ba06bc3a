from decimal import Decimal
from typing import Any

import httpx
import pytest
from syncline_sandbox.invoices import generate_distributor_invoice

HEADERS = {"DD-TransactionID": "t-1", "DD-ApiVersion": "1.0"}
ACCOUNT = {"account_code": "ACME01", "access_token": "secret"}


async def ask(http: httpx.AsyncClient, call: str, **body: Any) -> dict[str, Any]:
    answer = await http.post(f"/dicker/{call}", json=body, headers=HEADERS)
    wrapped: dict[str, Any] = answer.json()
    assert wrapped["ResponseHeader"]["TransactionID"] in ("t-1", "")
    return wrapped


@pytest.fixture
async def key(http: httpx.AsyncClient) -> str:
    await http.post("/_sandbox/dicker/accounts", json=ACCOUNT)
    out = (await ask(http, "AccessKeyRequest", AccessToken="secret"))["Out"]
    assert out["ExpiresInSeconds"] == "1800"
    return str(out["AccessKey"])


async def test_lines_come_in_pages_without_gaps(http: httpx.AsyncClient, key: str) -> None:
    order = {"account_code": "ACME01", "seed": 1, "tenants": 12, "month": "2026-10"}
    made = (await http.post("/_sandbox/dicker/invoices/generate", json=order)).json()
    login = {"AccessKey": key, "AccountCode": "ACME01"}
    heads = (await ask(http, "Invoice/GetAzureInvoices", **login))["Out"]["Invoices"]
    assert [head["InvoiceNumber"] for head in heads] == [made["InvoiceNumber"]]
    lines: list[dict[str, str]] = []
    page, pages, count = 1, 1, ""
    while page <= pages:
        call = "Invoice/GetAzureInvoiceLines"
        number = heads[0]["InvoiceNumber"]
        out = (await ask(http, call, **login, InvoiceNumber=number, Page=str(page)))["Out"]
        lines += out["Lines"]
        page, pages, count = page + 1, int(out["PageCount"]), out["LineCount"]
    assert pages > 1
    assert [int(line["LineNumber"]) for line in lines] == list(range(1, len(lines) + 1))
    assert str(len(lines)) == heads[0]["LineCount"] == count
    assert lines == generate_distributor_invoice(1, 12).to_feed()["Lines"]


async def test_dates_and_from_date(http: httpx.AsyncClient, key: str) -> None:
    order = {"account_code": "ACME01", "tenants": 3}
    for month in ("2026-09", "2026-10"):
        await http.post("/_sandbox/dicker/invoices/generate", json={**order, "month": month})
    login = {"AccessKey": key, "AccountCode": "ACME01"}
    out = (await ask(http, "Invoice/GetAzureInvoices", **login, FromDate="01-NOV-2026"))["Out"]
    assert [head["InvoiceDate"] for head in out["Invoices"]] == ["14-NOV-2026"]
    assert out["Invoices"][0]["BillingPeriodStart"] == "01-OCT-2026"


async def test_reissue_raises_the_revision(http: httpx.AsyncClient, key: str) -> None:
    order = {"account_code": "ACME01", "tenants": 4}
    seen = []
    for extra in ({}, {}, {"revision": 2}):
        answer = await http.post("/_sandbox/dicker/invoices/generate", json={**order, **extra})
        seen.append(answer.json())
    assert [made["Revision"] for made in seen] == ["1", "1", "2"]
    assert seen[0]["Sha"] == seen[1]["Sha"] != seen[2]["Sha"]
    published = (await http.get("/_sandbox/dicker/accounts/ACME01/invoices")).json()
    assert len(published) == 1


async def test_header_can_be_made_not_to_tie_out(http: httpx.AsyncClient, key: str) -> None:
    order = {"account_code": "ACME01", "tenants": 3, "header_off_by": "0.01"}
    made = (await http.post("/_sandbox/dicker/invoices/generate", json=order)).json()
    head = (await http.get("/_sandbox/dicker/accounts/ACME01/invoices")).json()[0]
    assert Decimal(head["TotalExTax"]) - Decimal(made["TotalExTax"]) == Decimal("0.01")


@pytest.mark.parametrize("wrong", ["unknown", "expired", "other account"])
async def test_keys_open_one_account_for_a_while(
    http: httpx.AsyncClient, key: str, wrong: str
) -> None:
    other = {"account_code": "OTHER", "access_token": "other"}
    await http.post("/_sandbox/dicker/accounts", json=other)
    if wrong == "expired":
        await http.post("/_sandbox/clock", json={"advance_s": 1800})
    answer = await ask(
        http,
        "Invoice/GetAzureInvoices",
        AccessKey="nonsense" if wrong == "unknown" else key,
        AccountCode="OTHER" if wrong == "other account" else "ACME01",
    )
    assert answer["ResponseHeader"]["Status"] == "ERROR"
    assert answer["Out"] is None


async def test_headers_are_required(http: httpx.AsyncClient) -> None:
    answer = await http.post("/dicker/AccessKeyRequest", json={"AccessToken": "secret"})
    assert answer.status_code == 400
    assert answer.json()["ResponseHeader"]["Status"] == "ERROR"


async def test_fault_for_one_account(http: httpx.AsyncClient, key: str) -> None:
    spec = {"target": "dicker", "kind": "error_in_200", "org": "ACME01", "message": "Try later"}
    await http.post("/_sandbox/faults", json=spec)
    login = {"AccessKey": key, "AccountCode": "ACME01"}
    first = await ask(http, "Invoice/GetAzureInvoices", **login)
    second = await ask(http, "Invoice/GetAzureInvoices", **login)
    assert first["ResponseHeader"]["Message"] == "Try later"
    assert second["ResponseHeader"]["Status"] == "SUCCESS"
    assert (await http.get("/_sandbox/faults")).json()[0]["fired"] == 1
