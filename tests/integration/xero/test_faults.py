"""Whatever Xero does, each invoice is there exactly once with the right amount, or says why not."""

import pytest
from syncline_chassis.service import Service
from syncline_contracts.query import CheckConnection
from syncline_contracts.tenant import (
    TenantPlannedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from tests.integration.xero.desk import CONNECTION, DeskMaker


@pytest.mark.parametrize("kind", ["500", "503", "cut_before"])
async def test_what_never_arrived_is_sent_again_under_a_new_key(
    service: Service, desks: DeskMaker, kind: str
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    desk.xero.fault(kind, method="PUT")
    synced = await desk.apply(plan)
    await desk.answer(TenantVerifiedV1, synced.request_id)
    stats = desk.xero.stats()
    assert (stats["records_created"], stats["write_requests"]) == (1, 2)
    (row,) = await desk.ledger()
    attempts = [entry["attempt"] for entry in row.history if "attempt" in entry]
    assert len(set(attempts)) == 2


async def test_a_write_that_arrives_after_we_looked_is_not_written_twice(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    # Our patience is 2 s and the time to settle 0.4 s: the first write comes at 3 s.
    desk.xero.fault("slow", method="PUT", delay_s=3)
    desk.xero.fault("slow", method="PUT", delay_s=1.5)
    synced = await desk.apply(plan)
    verified = (await desk.answer(TenantVerifiedV1, synced.request_id))[0]
    assert str(verified.total) == "120.15"
    assert desk.xero.stats()["records_created"] == 1


async def test_a_plan_with_refused_credentials_says_so(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect(client_secret="wrong-secret")
    failed = await desk.fail_plan(desk.charges(0))
    assert failed.code == "reauth_required"
    view = await desk.ask(CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION))
    assert view.status == "reauth_required"


async def test_a_token_that_ended_early_is_renewed_once(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    desk.xero.sandbox.ask("POST", f"organisations/{desk.xero.org}/expire-tokens")
    await desk.sync(desk.charges(1))
    assert len(desk.xero.invoices()) == 2


async def test_an_error_inside_a_200_fails_only_its_tenant(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    charges = [desk.charges(number) for number in range(3)]
    asked = {one.tenant_id: await desk.ask_plan(one) for one in charges}
    plans = {plan.tenant_id: plan for plan in await desk.answer(TenantPlannedV1, asked)}
    bad = plans["tenant-1"].writes[0].label
    desk.xero.fault("error_in_200", method="PUT", match=bad, message="Account is not valid")
    applied = {name: await desk.ask_apply(name, plan.plan_hash) for name, plan in plans.items()}
    good = {name: request for name, request in applied.items() if name != "tenant-1"}
    await desk.answer(TenantVerifiedV1, good)
    failed = (await desk.answer(TenantSyncFailedV1, applied["tenant-1"]))[0]
    assert failed.code == "rejected"
    assert "Account is not valid" in failed.message
    assert len(desk.xero.invoices()) == 2
    states = {row.tenant_id: row.state for row in await desk.ledger()}
    assert states == {"tenant-0": "verified", "tenant-1": "failed", "tenant-2": "verified"}
    (row,) = await desk.ledger("tenant-1")
    assert row.history[-1]["answer"]["HasErrors"] is True


async def test_a_cent_too_many_is_found_and_heals_with_the_next_sync(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    desk.xero.fault("off_by_cent", method="PUT")
    failed = await desk.fail_apply(plan)
    assert (failed.code, str(failed.off_by)) == ("tie_out_failed", "0.01")
    assert [row.state for row in await desk.ledger()] == ["failed"]
    again = await desk.plan(desk.charges(0))
    assert [write.action for write in again.writes] == ["update"]
    await desk.apply(again)
    assert [invoice["sub_total"] for invoice in desk.xero.invoices()] == ["120.15"]


async def test_without_a_connection_the_tenant_says_so(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    failed = await desk.fail_plan(desk.charges(0))
    assert failed.code == "no_connection"
    assert "Set it up" in failed.message
