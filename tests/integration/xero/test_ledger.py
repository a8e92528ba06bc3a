"""The ledger of a large invoice is short; that of one tenant is whole."""

import pytest
from syncline_chassis.connector import ledger
from syncline_chassis.service import Service

from tests.integration.xero.desk import DeskMaker, charge


async def test_the_requests_of_a_large_invoice_are_read_tenant_by_tenant(
    service: Service, desks: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "WHOLE_HISTORY_ROWS", 1)
    desk = desks()
    await desk.connect()
    for number in range(2):
        await desk.sync(desk.charges(number, charge("5.00")))
    whole = [entry for row in await desk.ledger() for entry in row.history]
    assert not [entry for entry in whole if "request" in entry or "answer" in entry]
    (row,) = await desk.ledger("tenant-1")
    assert row.tenant_id == "tenant-1"
    assert [name for entry in row.history for name in ("request", "answer") if name in entry] == [
        "request",
        "answer",
    ]
    assert await desk.ledger("nobody") == []
