"""Sync Now says what it found, and never that something is done which is not."""

from decimal import Decimal
from typing import Any

from syncline_contracts.mapping_query import GetInvoice, InvoiceDetails
from syncline_contracts.plan_query import (
    Approved,
    ApprovePlans,
    NewerPrices,
    PlanProgress,
    PlansMade,
    PlansRequested,
    PlanView,
    RequestPlans,
    SkippedTenant,
    TenantPlanRow,
)
from syncline_contracts.tenant import PlannedWrite, WrittenRecord
from syncline_portal.pages.sync_now import AS_PLANNED, retried, sync_now

from tests.unit.portal.answers import HASH, INVOICE, ROW, TENANT
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import press, seeing, sees, visitor

CREATE = PlannedWrite(action="create", external_key="SL-1", label="AZ-1", amount=Decimal("1552.35"))
STALE = "Its charges changed since the plan was made. Ask for a new plan."


def planned(*writes: PlannedWrite, failure: str | None = None) -> PlansMade:
    plan = PlanView(plan_hash=HASH, charge_set_version=2, writes=writes, total="1552.35")
    row = TenantPlanRow(
        tenant_id=TENANT,
        tenant_name="O'Brien",
        status="failed" if failure else "made",
        plan=None if failure else plan,
        failure=failure,
    )
    return PlansMade(pending=0, rows=(row,))


def skipped(why: str) -> tuple[SkippedTenant, ...]:
    return (SkippedTenant(tenant_id=TENANT, tenant_name="O'Brien", state="held", why=why),)


def in_state(state: str, **changes: Any) -> InvoiceDetails:
    row = ROW.model_copy(update={"state": state, **changes})
    return InvoiceDetails(invoice=INVOICE, tenants=(row,))


async def test_what_was_refused_at_confirm_is_told_with_its_reason_and_never_as_synced(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[PlanProgress] = planned(CREATE)
    refused = Approved(approved=(), nothing_to_write=(), refused=skipped(STALE))
    fakes.bus.answers[ApprovePlans] = refused
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("ready"))) as user:
        await sees(user, "Confirm")
        press(user, "Confirm")
        await sees(user, "What was confirmed is no longer true", f"O'Brien: {STALE}", "Plan again")
        await user.should_not_see("Synced.")
        await user.should_not_see("tenants synced")
        press(user, "Plan again")
        await sees(user, "Confirm")


async def test_when_no_plan_could_be_made_it_says_why_and_not_that_all_is_well(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[PlanProgress] = planned(failure="The contact is archived.")
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("ready"))) as user:
        await sees(user, "No plan could be made for 1 tenant.", "The contact is archived.")
        await sees(user, "Plan again")
        await user.should_not_see(AS_PLANNED)
        await user.should_not_see("Confirm")


async def test_when_nothing_can_be_synced_it_says_why_and_not_that_all_is_well(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[RequestPlans] = PlansRequested(
        request_id="r1", requested=(), skipped=skipped("It is held. See its holds for what to do.")
    )
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("held"))) as user:
        await sees(user, "Nothing can be synced now.", "O'Brien: It is held.", "Plan again")
        await user.should_not_see(AS_PLANNED)


async def test_an_empty_plan_is_confirmed_only_while_the_tenant_is_not_synced(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[PlanProgress] = planned()
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("verified"))) as user:
        await sees(user, AS_PLANNED)
        await user.should_not_see("Confirm")
    async with seeing(lambda: sync_now(visit, in_state("failed"))) as user:
        await sees(user, AS_PLANNED, "Confirm")  # its ledger still has to settle


async def test_a_tenant_that_failed_says_why_and_is_tried_again_alone(fakes: FakePortal) -> None:
    fakes.bus.answers[PlanProgress] = planned(CREATE)
    fakes.bus.answers[GetInvoice] = in_state("failed", failure="Account code is archived.")
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("ready"))) as user:
        await sees(user, "Confirm")
        press(user, "Confirm")
        await sees(user, "0 of 1 tenant synced", "Account code is archived.", "Retry failed only")
        await user.should_not_see("Synced.")
        press(user, "Retry failed only")
        await sees(user, "Confirm")
    requests = [query for query, _ in fakes.bus.asked if isinstance(query, RequestPlans)]
    assert [one.tenant_ids for one in requests] == [None, (TENANT,)]


def test_one_that_was_undone_is_not_tried_again() -> None:
    one = WrittenRecord(external_key="SL-1", ref="r-1", label="AZ-1", url="", amount=Decimal(-1))
    for state in ("failed", "drifted"):
        assert retried(in_state(state, offsets=(one,)).tenants) == ()
        assert retried(in_state(state, records=(one,), offsets=(one,)).tenants) == (TENANT,)
        assert retried(in_state(state).tenants) == (TENANT,)


async def test_what_is_read_back_is_synced(fakes: FakePortal) -> None:
    fakes.bus.answers[PlanProgress] = planned(CREATE)
    fakes.bus.answers[GetInvoice] = in_state("verified")
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("ready"))) as user:
        await sees(user, "Confirm")
        press(user, "Confirm")
        await sees(user, "Synced.", "1 of 1 tenant synced, 1 read back and verified.")


async def test_each_field_that_a_write_changes_is_shown_before_and_after(fakes: FakePortal) -> None:
    update = CREATE.model_copy(
        update={
            "action": "update",
            "amount_before": Decimal("1500"),
            "before": {"unit_price": "1500", "date": "2026-10-31"},
            "after": {"unit_price": "1552.35", "date": "2026-10-31"},
        }
    )
    fakes.bus.answers[PlanProgress] = planned(update)
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("ready"))) as user:
        await sees(user, "unit price", "1500 → 1552.35")
        await user.should_not_see("2026-10-31")


async def test_newer_prices_that_nobody_asked_for_are_told_before_confirm(
    fakes: FakePortal,
) -> None:
    made = planned(CREATE)
    news = NewerPrices(
        synced_version=1, version=2, sell_before="1500", sell="1552.35", message="Prices changed."
    )
    (row,) = made.rows
    plan = row.plan.model_copy(update={"newer_prices": news}) if row.plan else None
    rows = (row.model_copy(update={"plan": plan}),)
    fakes.bus.answers[PlanProgress] = made.model_copy(update={"rows": rows})
    visit = await visitor(fakes)
    async with seeing(lambda: sync_now(visit, in_state("ready"))) as user:
        told = "Newer prices reach 1 tenant that the PSA has at older ones: +52.35 in all."
        await sees(user, told, "O'Brien: Prices changed.", "Confirm")
