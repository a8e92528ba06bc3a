"""Several workers, one PSA: leases keep them apart, limits are shared."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from syncline_chassis.connector import limits as vendor_limits
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
from tests.integration.xero.desk import DeskMaker, XeroDesk


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


async def test_two_connections_of_one_partner_to_one_system_take_turns(
    service: Service, second: Service, desks: DeskMaker
) -> None:
    desk = desks()
    twin = XeroDesk(desk.mapping, desk.portal, desk.heard, desk.partner_id, desk.xero)
    twin.connection_id = "twin"
    plans = {}
    for number, one in enumerate((desk, twin)):
        await one.connect()
        plans[one] = await one.plan(one.charges(number))
    desk.xero.fault("slow", method="PUT", delay_s=1, times=2)
    asked = {
        one: await one.ask_apply(plan.tenant_id, plan.plan_hash) for one, plan in plans.items()
    }
    for one, request in asked.items():
        await one.answer(TenantVerifiedV1, request)
    first, other = (one.at for one in desk.xero.arrivals() if one.is_write)
    assert other - first >= 1
    assert len(desk.xero.invoices()) == 2


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


PLACE_S = 30.0


async def test_limits_are_counted_together_and_wait_before_the_vendor_says_so(
    service: Service,
) -> None:
    clock = FixedClock()
    service.clock = clock
    limits = Limits(per_minute=3, per_day=5, concurrent=5)
    partner = new_partner()
    replicas = [Limiter(service, limits, PLACE_S), Limiter(service, limits, PLACE_S)]

    async def call(times: int) -> None:
        for number in range(times):
            async with replicas[number % 2].place(partner, "main"):
                pass

    await call(3)
    with pytest.raises(RateLimitedError) as minute:
        await call(1)
    assert 60 <= minute.value.retry_after_s <= 62
    async with replicas[0].place(new_partner(), "main"):
        pass
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
        await call(2)
    assert 39 <= told.value.retry_after_s <= 41


async def test_places_are_shared_and_that_of_a_killed_replica_comes_back(
    service: Service, second: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor_limits, "LONGEST_WAIT_S", 0.1)
    clock = FixedClock()
    service.clock = second.clock = clock
    limits = Limits(per_minute=100, per_day=100, concurrent=2)
    mine, other = (Limiter(one, limits, PLACE_S) for one in (service, second))
    partner = new_partner()

    async with mine.place(partner, "main"):
        dies = other.place(partner, "main")
        await dies.__aenter__()  # a replica that is killed gives nothing back
        with pytest.raises(RateLimitedError, match="allows at once"):
            await mine.place(partner, "main").__aenter__()
        async with mine.place(partner, "another"), mine.place(new_partner(), "main"):
            pass
    async with other.place(partner, "main"):  # given back by the one that lives
        with pytest.raises(RateLimitedError, match="allows at once"):
            await other.place(partner, "main").__aenter__()
    clock.advance(PLACE_S + 1)
    async with other.place(partner, "main"), mine.place(partner, "main"):
        pass


async def test_who_waits_for_a_place_takes_the_next_one_that_is_given_back(
    service: Service, second: Service
) -> None:
    limits = Limits(per_minute=100, per_day=100, concurrent=1)
    mine, other = (Limiter(one, limits, PLACE_S) for one in (service, second))
    partner, under_way = new_partner(), 0

    async def call(limiter: Limiter) -> None:
        nonlocal under_way
        async with limiter.place(partner, "main"):
            under_way += 1
            assert under_way == 1
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(call(limiter) for limiter in (mine, other) * 5))
    row = await service.mongo.collection("limits").find_one({"partner_id": partner})
    assert row is not None
    assert (len(row["minute"]), row["places"]) == (10, [])
