"""What was written is read back again by itself, until Xero has invoiced it."""

from collections.abc import AsyncIterator

import pytest
from syncline_chassis.service import Service
from syncline_chassis.testing.wait import until
from syncline_contracts.tenant import ConnectorFact, TenantDriftedV1, TenantVerifiedV1
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import DeskMaker, XeroDesk


@pytest.fixture
async def service(servers: Servers) -> AsyncIterator[Service]:
    """One that looks all the time."""
    running = create_service(xero_settings(servers, connector_verify_every_s=0.3))
    await running.start()
    yield running
    await running.stop()


async def _told(desk: XeroDesk, kind: type[ConnectorFact], count: int) -> list[ConnectorFact]:
    async def look() -> list[ConnectorFact]:
        found = [one for one in await desk.facts() if isinstance(one, kind)]
        return found if len(found) >= count else []

    return await until(look, what=f"{count} {kind.__name__}")


async def _waiting(service: Service, desk: XeroDesk) -> int:
    return await service.mongo.collection("jobs").count({"partner_id": desk.partner_id})


async def test_drift_is_told_although_nobody_asked(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    again = await _told(desk, TenantVerifiedV1, 3)
    assert len({one.request_id for one in again}) == len(again)
    desk.xero.edit(verified.records[0].label, lines=[{"index": 0, "unit_amount": "90.00"}])
    (drifted, *_) = await _told(desk, TenantDriftedV1, 1)
    assert isinstance(drifted, TenantDriftedV1)
    assert [str(one.off_by) for one in drifted.drifts] == ["-10.10"]


async def test_what_xero_has_invoiced_is_not_looked_at_any_more(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    assert await _waiting(service, desk) == 1
    desk.xero.edit(verified.records[0].label, status="AUTHORISED")

    async def nothing_waits() -> bool:
        return await _waiting(service, desk) == 0

    await until(nothing_waits)
    assert not [one for one in await desk.facts() if isinstance(one, TenantDriftedV1)]


async def test_what_was_reversed_is_not_looked_at_any_more(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    await desk.reverse("tenant-0")

    async def nothing_waits() -> bool:
        return await _waiting(service, desk) == 0

    await until(nothing_waits)
