"""Every request that the connector sends is valid against the vendor's interface."""

import json
from decimal import Decimal

import pytest
from syncline_chassis.connector.service import connector_service
from syncline_contracts.query import CheckConnection, SearchPicks
from syncline_xero.connector import XeroConnector

from tests.conftest import Servers
from tests.integration.interface import INTERFACES, Recorder, validate
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import CONNECTION, DeskMaker, charge

INTERFACE = INTERFACES / "xero.json"


@pytest.mark.skipif(
    not INTERFACE.exists(), reason="the vendor's interface is not beside the repository (../shared)"
)
async def test_every_request_is_valid(servers: Servers, desks: DeskMaker) -> None:
    settings = xero_settings(servers)
    recorder = Recorder("/api.xro/")
    service = connector_service(XeroConnector(settings, recorder), settings)
    await service.start()
    try:
        desk = desks()
        await desk.connect()
        await desk.ask(CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION))
        for name in ("contacts", "items", "accounts", "tax_rates", "tracking"):
            await desk.ask(
                SearchPicks(
                    partner_id=desk.partner_id, connection_id=CONNECTION, list=name, text="a&b"
                )
            )
        await desk.sync(desk.charges(0))
        await desk.sync(desk.charges(0, charge("1289.37"), charge("-0.10", "AZ-RI"), version=2))
        synced = await desk.sync(desk.charges(1, charge("-5.00")))
        await desk.verify("tenant-1")
        assert synced.total == Decimal("-5.00")
    finally:
        await service.stop()
    # Marked as required, yet a custom connection has no need of it.
    # The vendor's file leaves credit notes out; they are shaped like its invoices.
    described = [one for one in recorder.requests if "CreditNotes" not in one.url.path]
    validate(
        INTERFACE,
        described,
        host="https://api.xero.com",
        headers={"xero-tenant-id": "stands-in"},
    )
    seen = {(one.method, one.url.path.rsplit("/", 1)[-1]) for one in recorder.requests}
    assert {("PUT", "Invoices"), ("POST", "Invoices"), ("GET", "Invoices")} < seen
    assert {name for _, name in seen} >= {
        *("Organisation", "Contacts", "Items", "Accounts", "TaxRates", "Currencies")
    }
    assert {("PUT", "CreditNotes"), ("GET", "CreditNotes")} < seen
    (update,) = [request for request in recorder.requests if request.method == "POST"]
    lines = json.loads(update.content, parse_float=Decimal)["Invoices"][0]["LineItems"]
    assert [line["UnitAmount"] for line in lines] == [Decimal("1289.37"), Decimal("-0.10")]
    assert 1 <= len(update.headers["idempotency-key"]) <= 128
