"""Charges that come to 0.00: nothing is written for them, and nothing stays that billed more."""

from decimal import Decimal

import pytest
from syncline_chassis.service import Service
from syncline_contracts.charge import Charge

from tests.integration.xero.desk import DeskMaker, charge

NOTHING = [(charge("0.00"),), (charge("5.00"), charge("-5.00", "AZ-RI"))]


@pytest.mark.parametrize("charges", NOTHING, ids=("free", "evens_out"))
async def test_a_first_sync_of_nothing_writes_nothing_and_is_verified_at_zero(
    service: Service, desks: DeskMaker, charges: tuple[Charge, ...]
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0, *charges))
    assert (plan.writes, plan.total) == ((), Decimal(0))
    verified = await desk.sync(desk.charges(0, *charges))
    assert (verified.records, verified.total) == ((), Decimal(0))
    assert desk.xero.stats()["write_requests"] == 0


@pytest.mark.parametrize("before", ["20.00", "-20.00"])
async def test_a_draft_whose_charges_come_to_nothing_is_deleted_and_may_come_again(
    service: Service, desks: DeskMaker, before: str
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge(before)))
    free = desk.charges(0, charge("0.00"), version=2)
    plan = await desk.plan(free)
    assert [(one.action, one.amount_before) for one in plan.writes] == [("delete", Decimal(before))]
    verified = await desk.sync(free)
    assert (verified.records, verified.total, desk.xero.standing()) == ((), Decimal(0), [])
    written = desk.xero.writes_sent()
    again = await desk.plan(free)
    assert (again.writes, desk.xero.writes_sent()) == ((), written)
    await desk.sync(desk.charges(0, charge("7.00"), version=3))
    assert [one.amount for one in desk.xero.standing()] == [Decimal("7.00")]


async def test_an_approved_invoice_whose_charges_come_to_nothing_is_taken_back_in_full(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("20.00")))
    desk.xero.invoice(synced.records[0].label)
    await desk.sync(desk.charges(0, charge("0.00"), version=2))
    assert sum(one.amount for one in desk.xero.standing()) == 0
    assert [one["kind"] for one in desk.xero.invoices()] == ["invoice", "credit_note"]
