"""Several workers, one PSA: leases keep them apart, limits are shared."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from syncline_chassis.connector.leases import LeaseLostError, leased
from syncline_chassis.connector.limits import MINUTE, Limiter
from syncline_chassis.connector.manifest import Limits
from syncline_chassis.errors import RateLimitedError
from syncline_chassis.service import Service
from syncline_chassis.testing.clock import FixedClock
from syncline_chassis.testing.desk import new_partner
from syncline_contracts.tenant import TenantPlannedV1, TenantVerifiedV1
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import DeskMaker


@pytest.fixture
async def second(servers: Servers) -> AsyncIterator[Service]:
    running = create_service(xero_settings(servers))
    await running.start()
    yield running
    await running.stop()


async def test_two_workers_write_each_invoice_once(
    service: Service, second: Service, desks: DeskMaker
) -> None:
    desk = desks(12)
    await desk.connect()
    charges = [desk.charges(number) for number in range(12)]
    asked = {one.tenant_id: await desk.ask_plan(one) for one in charges}
    plans = await desk.answer(TenantPlannedV1, asked)
    applied = {}
    for plan in plans:
        applied[plan.tenant_id] = await desk.ask_apply(plan.tenant_id, plan.plan_hash)
        await asyncio.sleep(0.05)  # so that both have something to take
    await desk.answer(TenantVerifiedV1, applied)
    stats = desk.xero.stats()
    assert (stats["records_created"], stats["records_updated"]) == (12, 0)
    assert len({invoice["number"] for invoice in desk.xero.invoices()}) == 12
    rows = await desk.ledger()
    assert [sum(e["state"] == "sending" for e in row.history) for row in rows] == [1] * 12


async def test_a_lease_has_one_holder_and_is_lost_with_its_time(service: Service) -> None:
    partner = new_partner()
    async with leased(service, partner, f"{partner}/main", 30) as first:
        assert first is not None
        async with leased(service, partner, f"{partner}/main", 30) as other:
            assert other is None
        first.check()
    async with leased(service, partner, f"{partner}/main", 30) as other:
        assert other is not None
        with pytest.raises(LeaseLostError):
            await service.in_transaction(first.fence)


async def test_limits_are_counted_together_and_wait_before_the_vendor_says_so(
    service: Service,
) -> None:
    clock = FixedClock()
    service.clock = clock
    limits = Limits(per_minute=3, per_day=5, concurrent=5)
    partner = new_partner()
    replicas = [Limiter(service, limits), Limiter(service, limits)]

    async def call(times: int) -> None:
        for number in range(times):
            await replicas[number % 2].take(partner, "main")

    await call(3)
    with pytest.raises(RateLimitedError) as minute:
        await call(1)
    assert 60 <= minute.value.retry_after_s <= 62
    await replicas[0].take(new_partner(), "main")
    clock.advance(MINUTE.total_seconds() + 1)
    await call(2)
    clock.advance(MINUTE.total_seconds() + 1)
    with pytest.raises(RateLimitedError) as day:
        await call(1)
    assert day.value.retry_after_s > 23 * 3600
    clock.advance(26 * 3600)
    await call(1)
    await replicas[0].block(partner, "main", 40)
    with pytest.raises(RateLimitedError) as told:
        await replicas[1].take(partner, "main")
    assert 39 <= told.value.retry_after_s <= 41
