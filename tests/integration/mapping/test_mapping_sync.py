"""Plan, approve, sync, read back: bound to the charges that a person saw."""

from decimal import Decimal

import pytest
from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until
from syncline_contracts.identity import new_id
from syncline_contracts.invoice import InvoiceStatusChangedV1
from syncline_contracts.mapping_query import AuditLog, IgnoreTenant, ListHolds
from syncline_contracts.plan_query import Approval, ApprovePlans, RequestPlans
from syncline_contracts.tenant import (
    Drift,
    TenantDriftedV1,
    TenantIgnoredV1,
    TenantPlannedV1,
    TenantReadyV1,
    TenantSyncedV1,
)

from tests.integration.mapping.stack import ANN, Stack, new_partner
from tests.unit.mapping.samples import key_of, line

TENANTS = {
    "contoso": [[line("85.00", "100", "100")]],
    "fabrikam": [[line("10", "12.345", "12.345", item="AZ-RI")]],
    "unmapped": [[line("1", "2", "2")]],
}


async def ready(stack: Stack) -> str:
    partner_id = new_partner()
    await stack.register(partner_id)
    await stack.map(partner_id, "contoso")
    await stack.map(partner_id, "fabrikam", "C-2")
    await stack.bring(partner_id, TENANTS)
    await stack.until_states(partner_id, contoso="ready", fabrikam="ready", unmapped="held")
    return partner_id


async def synced(stack: Stack) -> str:
    partner_id = await ready(stack)
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")
    return partner_id


async def test_sync_now_plans_confirms_and_reads_back_and_the_second_time_writes_nothing(
    stack: Stack,
) -> None:
    partner_id = await ready(stack)
    asked, made = await stack.plan(partner_id)
    assert sorted(asked.requested) == ["contoso", "fabrikam"]
    assert [(one.tenant_id, one.state) for one in asked.skipped] == [("unmapped", "held")]
    assert {row.tenant_id: row.plan.total for row in made.rows if row.plan} == {
        "contoso": "100.00",
        "fabrikam": "12.35",
    }
    await stack.until_states(partner_id, contoso="planned", fabrikam="planned", unmapped="held")
    shown = await stack.tenant(partner_id)
    assert shown.plan is not None
    assert shown.plan.writes[0].request == {"method": "PUT", "a.b": {"$set": 1}}
    approved = await stack.approve(partner_id, made)
    assert (sorted(approved.approved), approved.refused) == (["contoso", "fabrikam"], ())
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")
    details = await stack.until_status(partner_id, "partly_synced")
    assert (details.invoice.tie_out.planned, details.invoice.tie_out.psa) == ("112.35", "112.35")
    assert details.invoice.tie_out.ties
    assert (await stack.tenant(partner_id)).row.records[0].label == "INV-1"

    again = await stack.sync(partner_id)
    assert sorted(again.nothing_to_write) == ["contoso", "fabrikam"]
    assert (again.approved, again.refused) == ((), ())
    assert len([one for one in stack.xero.applied if one.partner_id == partner_id]) == 2
    entries = (await stack.portal.ask(AuditLog(partner_id=partner_id))).entries
    assert entries[0].what.startswith("Plans were asked for")
    approvals = [one for one in entries if one.what.startswith("Plans were approved")]
    assert len(approvals) == 1
    assert approvals[0].actor == ANN
    statuses = [one["status"] for one in await stack.said(InvoiceStatusChangedV1, partner_id)]
    assert statuses[0] == "detected"
    assert statuses[-1] == "partly_synced"


async def test_an_approval_of_charges_that_changed_is_refused(stack: Stack) -> None:
    partner_id = await ready(stack)
    _, made = await stack.plan(partner_id)
    await stack.map(partner_id, "contoso", "C-9")
    await stack.until_states(partner_id, contoso="ready", fabrikam="planned", unmapped="held")
    await stack.until_decided(partner_id)
    approved = await stack.approve(partner_id, made)
    assert approved.approved == ("fabrikam",)
    assert [one.tenant_id for one in approved.refused] == ["contoso"]
    assert "changed since the plan" in approved.refused[0].why


async def test_another_plan_than_the_one_shown_is_refused(stack: Stack) -> None:
    partner_id = await ready(stack)
    await stack.plan(partner_id)
    edit = ApprovePlans(
        partner_id=partner_id,
        actor=ANN,
        invoice_key=key_of(partner_id),
        approvals=(
            Approval(tenant_id="contoso", plan_hash="forged"),
            Approval(tenant_id="unmapped", plan_hash="x"),
            Approval(tenant_id="nobody", plan_hash="x"),
        ),
    )
    answer = await stack.portal.ask(edit)
    assert answer.approved == ()
    assert [one.tenant_id for one in answer.refused] == ["nobody", "contoso", "unmapped"]


async def test_confirming_twice_applies_once(stack: Stack) -> None:
    partner_id = await ready(stack)
    stack.xero.holds_apply = True
    _, made = await stack.plan(partner_id)
    await stack.approve(partner_id, made)
    second = await stack.approve(partner_id, made)
    assert [one.state for one in second.refused] == ["approved", "approved"]
    await stack.until_status(partner_id, "syncing")


@pytest.mark.parametrize(("stage", "state"), [("plan", "failed"), ("apply", "failed")])
async def test_a_connector_that_is_one_cent_off_is_found(
    stack: Stack, stage: str, state: str
) -> None:
    partner_id = await ready(stack)
    stack.xero.off_by[stage] = Decimal("0.01")
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso=state, fabrikam=state, unmapped="held")
    found = await stack.tenant(partner_id)
    assert found.row.failure_code == "tie_out_failed"
    assert found.row.failure is not None
    assert "off by 0.01" in found.row.failure
    waits = (await stack.portal.ask(ListHolds(partner_id=partner_id))).rows
    assert {one.tenant_id: one.trouble for one in waits}["contoso"] == found.row.failure
    assert not found.tie_out.ties
    await stack.until_status(partner_id, "failed")
    if stage == "plan":
        assert not [one for one in stack.xero.applied if one.partner_id == partner_id]


async def test_a_failed_sync_can_be_planned_and_carried_out_again(stack: Stack) -> None:
    partner_id = await ready(stack)
    stack.xero.fails = True
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="failed", fabrikam="failed", unmapped="held")
    stack.xero.fails = False
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")
    assert (await stack.tenant(partner_id)).row.failure is None


async def test_a_sync_keeps_its_snapshot_and_what_changed_meanwhile_comes_after(
    stack: Stack,
) -> None:
    partner_id = await ready(stack)
    stack.xero.holds_apply = True
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="approved", fabrikam="approved", unmapped="held")
    await stack.map(partner_id, "contoso", "C-9")

    async def finish() -> None:
        for command in stack.xero.applied:
            if command.partner_id == partner_id:
                await stack.psa.in_transaction(lambda uow, one=command: _finish(stack, one, uow))  # type: ignore[misc]

    await finish()
    await stack.until_states(partner_id, contoso="ready", fabrikam="verified", unmapped="held")
    row = (await stack.tenant(partner_id)).row
    assert row.changed

    async def told() -> bool:
        found = await stack.said(TenantReadyV1, partner_id)
        mine = [one["changed"] for one in found if one["tenant_id"] == "contoso"]
        return mine == [False, True]

    await until(told)


async def _finish(stack: Stack, command: object, uow: object) -> None:
    stack.xero.finish(command, uow)  # type: ignore[arg-type]


async def test_what_is_late_repeated_or_about_another_request_changes_nothing(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    before = (await stack.tenant(partner_id)).row
    common = {
        "partner_id": partner_id,
        "invoice_key": key_of(partner_id),
        "invoice_no": "DD-1",
        "tenant_id": "contoso",
        "connector": "xero",
        "connection_id": "main",
    }
    stale = TenantPlannedV1.model_validate(
        {
            **common,
            "request_id": new_id(),
            "charge_set_version": 1,
            "plan_hash": "x",
            "writes": (),
            "total": "7",
        }
    )
    again = TenantSyncedV1.model_validate(
        {
            **common,
            "request_id": new_id(),
            "plan_hash": "x",
            "charge_set_version": 1,
            "records": (),
            "total": "7",
        }
    )
    for event in (stale, again):
        await stack.psa.bus.publish(event)
    repeated = stack.xero.applied[-1]
    await stack.psa.in_transaction(lambda uow: _finish(stack, repeated, uow))
    last = await ready(stack)
    assert (await stack.tenant(last)).row.state == "ready"
    assert (await stack.tenant(partner_id)).row == before


async def test_drift_is_shown_and_a_plan_over_it_puts_it_right(stack: Stack) -> None:
    partner_id = await synced(stack)
    drift = TenantDriftedV1(
        partner_id=partner_id,
        invoice_key=key_of(partner_id),
        invoice_no="DD-1",
        tenant_id="contoso",
        connector="xero",
        connection_id="main",
        request_id=new_id(),
        drifts=(
            Drift(
                external_key="SL-1",
                ref="r",
                label="INV-1",
                what="Changed by hand.",
                off_by=Decimal("-1"),
            ),
        ),
    )
    await stack.psa.bus.publish(drift)
    await stack.until_states(partner_id, contoso="drifted", fabrikam="verified", unmapped="held")
    await stack.until_status(partner_id, "needs_attention")
    assert (await stack.tenant(partner_id)).drifts[0].what == "Changed by hand."
    waits = (await stack.portal.ask(ListHolds(partner_id=partner_id))).rows
    assert {one.tenant_id: one.trouble for one in waits} == {
        "contoso": "Changed by hand.",
        "unmapped": None,
    }
    stack.xero.records[partner_id, "contoso"] = Decimal(99)
    await stack.sync(partner_id)
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")
    assert stack.xero.records[partner_id, "contoso"] == Decimal(100)


async def test_what_is_synced_through_one_connection_is_not_planned_through_another(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    await stack.register(partner_id, connection_id="other")
    asked, _ = await stack.plan(partner_id, "contoso")
    assert asked.requested == ()
    assert "reversed" in asked.skipped[0].why
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")


async def test_a_mapping_edit_of_what_is_synced_makes_it_ready_again_as_changed(
    stack: Stack,
) -> None:
    partner_id = await synced(stack)
    await stack.map(partner_id, "contoso", "C-9")
    await stack.until_states(partner_id, contoso="ready", fabrikam="verified", unmapped="held")
    assert (await stack.tenant(partner_id)).row.changed
    await stack.map(partner_id, "contoso", "C-1")  # back: the PSA holds exactly this
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")


async def test_a_plan_waits_until_lines_and_connection_are_there(stack: Stack) -> None:
    partner_id = new_partner()
    await stack.detect(partner_id, TENANTS)
    await stack.until_states(
        partner_id, contoso="received", fabrikam="received", unmapped="received"
    )
    asked, _ = await stack.plan(partner_id)
    assert {one.why for one in asked.skipped} == {
        "Its lines are still arriving, or are being priced."
    }


async def test_a_plan_for_an_invoice_as_somebody_saw_it_before_is_refused(stack: Stack) -> None:
    partner_id = await ready(stack)
    edit = RequestPlans(
        partner_id=partner_id, actor=ANN, expected_version=999, invoice_key=key_of(partner_id)
    )
    with pytest.raises(ProblemError) as refused:
        await stack.portal.ask(edit)
    assert refused.value.status == 409


async def test_an_ignored_tenant_is_left_out_until_that_is_taken_back(stack: Stack) -> None:
    partner_id = await ready(stack)

    def ignore(tenant: str, reason: str | None) -> IgnoreTenant:
        return IgnoreTenant(
            partner_id=partner_id,
            actor=ANN,
            invoice_key=key_of(partner_id),
            tenant_id=tenant,
            reason=reason,
        )

    await stack.portal.ask(ignore("unmapped", "Already billed elsewhere."))
    (waiting,) = (await stack.portal.ask(ListHolds(partner_id=partner_id))).rows
    assert (waiting.state, waiting.ignored_reason) == ("ignored", "Already billed elsewhere.")
    await stack.sync(partner_id)
    await stack.until_states(
        partner_id, contoso="verified", fabrikam="verified", unmapped="ignored"
    )
    await stack.until_status(partner_id, "synced")
    with pytest.raises(ProblemError, match="in the PSA already"):
        await stack.portal.ask(ignore("contoso", "Too late."))
    await stack.portal.ask(ignore("unmapped", None))
    await stack.until_states(partner_id, contoso="verified", fabrikam="verified", unmapped="held")

    async def told() -> bool:
        said = await stack.said(TenantIgnoredV1, partner_id)
        return [(one["tenant_id"], one["reason"]) for one in said] == [
            ("unmapped", "Already billed elsewhere."),
            ("unmapped", None),
        ]

    await until(told, what="both events")
