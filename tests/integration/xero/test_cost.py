"""What a hundred tenants cost at Xero: as few requests as its limits of lists and batches allow."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantPlannedV1, TenantVerifiedV1
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import DeskMaker, XeroDesk

TENANTS = 100
BATCHES = 2
"""Xero takes 50 invoices in a request, and as many numbers or ids in an address."""
UNHURRIED_S = 1.0
"""Quiet time that ends a batch: on a slow machine all of them have arrived by then."""


@pytest.fixture
async def unhurried(servers: Servers) -> AsyncIterator[Service]:
    running = create_service(xero_settings(servers, connector_gather_s=UNHURRIED_S))
    await running.start()
    yield running
    await running.stop()


async def sync(desk: XeroDesk) -> dict[str, int]:
    """Sync them all; how often each kind of request was sent."""
    before = desk.xero.stats()["requests"]
    charges = [desk.charges(number) for number in range(TENANTS)]
    tenants = [one.tenant_id for one in charges]
    asked = await asyncio.gather(*(desk.ask_plan(one) for one in charges))
    plans = await desk.answer(TenantPlannedV1, dict(zip(tenants, asked, strict=True)))
    sent = await asyncio.gather(*(desk.ask_apply(one.tenant_id, one.plan_hash) for one in plans))
    await desk.answer(TenantVerifiedV1, dict(zip(tenants, sent, strict=True)))
    after = desk.xero.stats()["requests"]
    spent = {name: times - before.get(name, 0) for name, times in after.items()}
    return {name: times for name, times in spent.items() if times}


async def test_a_first_sync_takes_two_writes_and_a_second_none(
    unhurried: Service, desks: DeskMaker
) -> None:
    desk = desks(TENANTS)
    await desk.connect()
    first, second = await sync(desk), await sync(desk)
    # To plan, before a write, to read back.
    looks = {"GET /Invoices": 3 * BATCHES, "GET /Contacts": BATCHES}
    once = ("Organisation", "Items", "Accounts", "TaxRates", "Currencies")
    lists = {f"GET /{name}": 1 for name in once}
    assert first["PUT /Invoices"] == BATCHES
    # A busy machine may gather what is to be read back in one batch more.
    assert first.pop("GET /Invoices") <= looks["GET /Invoices"] + BATCHES
    assert first == {**lists, "GET /Contacts": BATCHES, "PUT /Invoices": BATCHES}
    assert {name.split()[0] for name in second} == {"GET"}
    assert len(desk.xero.invoices()) == TENANTS
    assert desk.xero.stats()["refused_429"] == {}
