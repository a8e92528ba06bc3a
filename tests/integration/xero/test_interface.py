"""Every request that the connector can send is valid against the vendor's interface."""

import json
from decimal import Decimal

import httpx
import pytest
from syncline_chassis.connector.service import connector_service
from syncline_xero import client
from syncline_xero.connector import XeroConnector

from tests.conftest import Servers
from tests.integration.interface import INTERFACES, Recorder, Watch, kinds, live, validate
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import DeskMaker

INTERFACE = INTERFACES / "xero.json"
ROOT = "/api.xro/2.0"
LISTS = ("contacts", "items", "accounts", "tax_rates", "tracking")
MANY = 1000
"""Requests a minute: here each page has one record."""
PAGE = "page pageSize"


def as_invoice(request: httpx.Request) -> httpx.Request:
    """The vendor's file leaves credit notes out; they are shaped like its invoices."""
    url = str(request.url).replace("CreditNote", "Invoice")
    content = request.content.replace(b"CreditNote", b"Invoice")
    headers = {name: one for name, one in request.headers.items() if name != "content-length"}
    return httpx.Request(request.method, url, headers=headers, content=content or None)


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(
    servers: Servers, desks: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 1)
    watch = Watch(client.XeroClient, monkeypatch)
    settings = xero_settings(servers, xero_per_minute=MANY)
    recorder = Recorder(ROOT)
    service = connector_service(XeroConnector(settings, recorder), settings)
    await service.start()
    try:
        desk = desks(limits={"per_minute": MANY})
        await live(desk, LISTS, tracking="Service line: Azure")
    finally:
        await service.stop()
    sent = recorder.requests
    # Marked as required, yet a custom connection has no need of it.
    headers = {"xero-tenant-id": "stands-in"}
    host = "https://api.xero.com"
    validate(INTERFACE, map(as_invoice, sent), host=host, headers=headers)
    # Who has consented to what is asked of the identity service, beside this interface.
    assert watch.left == {"organisations"}
    whole = ("Organisation", "Items", "Accounts", "TaxRates", "Currencies", "TrackingCategories")
    named = f"includeArchived order {PAGE}"
    assert kinds(sent, ROOT) == {
        *(f"GET /{name}" for name in whole),
        f"GET /Contacts {named}",
        f"GET /Contacts {named} searchTerm",
        f"GET /Contacts IDs includeArchived {PAGE} summaryOnly",
        f"GET /Invoices IDs {PAGE} unitdp",
        f"GET /Invoices InvoiceNumbers {PAGE} unitdp",
        f"GET /CreditNotes {PAGE} unitdp where",
        *(
            f"{method} /{kind} summarizeErrors unitdp"
            for method in ("PUT", "POST")
            for kind in ("Invoices", "CreditNotes")
        ),
    }
    assert {one.url.params.get("page") for one in sent} > {"1", "2"}
    for kind in ("Invoices", "CreditNotes"):
        bodies = [
            json.loads(one.content, parse_float=Decimal)[kind][0]
            for one in sent
            if one.method == "POST" and one.url.path.endswith(kind)
        ]
        assert {body["Status"] for body in bodies} == {"DRAFT", "DELETED"}, kind
    creates = [one.content for one in sent if one.method == "PUT"]
    assert all(b"TrackingOptionID" in content for content in creates)
    update = next(one for one in sent if one.method == "POST")
    lines = json.loads(update.content, parse_float=Decimal)["Invoices"][0]["LineItems"]
    assert [line["UnitAmount"] for line in lines] == [Decimal("1289.37"), Decimal("-0.10")]
    assert 1 <= len(update.headers["idempotency-key"]) <= 128
