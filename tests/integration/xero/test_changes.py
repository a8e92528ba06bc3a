"""People work in Xero too: what they change is seen, said, and never overwritten in silence."""

from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantDriftedV1

from tests.integration.xero.desk import DeskMaker, charge


async def test_a_plan_is_refused_once_somebody_changed_the_invoice(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    plan = await desk.plan(desk.charges(0, charge("90.00"), version=2))
    desk.xero.edit(verified.records[0].label, lines=[{"index": 0, "unit_amount": "55.55"}])
    writes = desk.xero.stats()["write_requests"]
    failed = await desk.fail_apply(plan)
    assert failed.code == "stale_plan"
    assert "AZ-CONS 55.55" in failed.message
    assert desk.xero.stats()["write_requests"] == writes


async def test_a_plan_to_create_is_refused_once_the_number_is_taken(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    verified = await desk.sync(desk.charges(0, charge("7.00")))
    failed = await desk.fail_apply(plan)
    assert failed.code == "stale_plan"
    assert str(verified.total) == desk.xero.invoices()[0]["sub_total"] == "7.00"


async def test_a_hash_that_nobody_planned_writes_nothing(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    failed = await desk.fail_apply(plan.model_copy(update={"plan_hash": "0" * 64}))
    assert failed.code == "stale_plan"
    assert desk.xero.invoices() == []


async def test_a_changed_amount_is_drift_with_what_and_how_much(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(verified.records[0].label, lines=[{"index": 0, "unit_amount": "90.00"}])
    (drift,) = (await desk.drift("tenant-0")).drifts
    assert str(drift.off_by) == "-10.10"
    assert "110.05 instead of 120.15" in drift.what
    assert [invoice["sub_total"] for invoice in desk.xero.invoices()] == ["110.05"]
    assert [row.state for row in await desk.ledger()] == ["drifted"]


async def test_a_deleted_invoice_is_drift_and_never_written_again(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(verified.records[0].label, status="DELETED")
    (drift,) = (await desk.drift("tenant-0")).drifts
    assert str(drift.off_by) == "-120.15"
    failed = await desk.fail_plan(desk.charges(0))
    assert failed.code == "drifted"
    facts = [fact for fact in await desk.facts() if fact.request_id == failed.request_id]
    assert any(isinstance(fact, TenantDriftedV1) for fact in facts)
    assert desk.xero.stats()["records_created"] == 1


async def test_an_approved_invoice_stays_and_is_credited_when_the_charges_change(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(verified.records[0].label, status="AUTHORISED")
    await desk.verify("tenant-0")
    same = await desk.plan(desk.charges(0))
    assert [write.action for write in same.writes] == ["unchanged"]
    await desk.sync(desk.charges(0, charge("1.00"), version=2))
    stood = [(one["kind"], one["status"], one["sub_total"]) for one in desk.xero.invoices()]
    assert stood == [
        ("invoice", "AUTHORISED", "120.15"),
        ("credit_note", "DRAFT", "120.15"),
        ("invoice", "DRAFT", "1.00"),
    ]


async def test_a_locked_period_moves_new_invoices_and_leaves_old_ones(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks(period_lock_date="2026-09-30")
    await desk.connect(due_days="7")
    await desk.sync(desk.charges(0))
    desk.xero.sandbox.ask("PATCH", f"organisations/{desk.xero.org}", period_lock_date="2026-10-31")
    # A changed connection reads the organisation anew.
    await desk.connect(expected=1, due_days="7")
    old = await desk.plan(desk.charges(0))
    new = await desk.plan(desk.charges(1))
    assert [write.action for write in (*old.writes, *new.writes)] == ["unchanged", "create"]
    after = [write.after or {} for write in (*old.writes, *new.writes)]
    assert [(one["date"], one["due_date"]) for one in after] == [
        ("2026-10-31", "2026-11-07"),
        ("2026-11-01", "2026-11-08"),
    ]
    await desk.sync(desk.charges(1))


async def test_a_reworded_line_is_nobodys_business(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(
        verified.records[0].label,
        reference="Your cloud",
        lines=[{"index": 0, "description": "Cloud usage, thank you"}],
    )
    await desk.verify("tenant-0")
    plan = await desk.plan(desk.charges(0))
    assert [write.action for write in plan.writes] == ["unchanged"]


async def test_another_prefix_does_not_rename_what_is_written(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    first = await desk.sync(desk.charges(0))
    await desk.connect(expected=1, invoice_prefix="CLOUD")
    again = await desk.plan(desk.charges(0))
    assert [write.action for write in again.writes] == ["unchanged"]
    assert again.writes[0].label == first.records[0].label
    other = await desk.plan(desk.charges(1))
    assert other.writes[0].label.startswith("CLOUD-202610-")
