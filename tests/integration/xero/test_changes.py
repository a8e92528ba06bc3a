"""People work in Xero too: what they change is seen, said, and never overwritten in silence."""

from syncline_chassis.service import Service

from tests.integration.xero.desk import DeskMaker, charge


async def test_a_hash_that_nobody_planned_writes_nothing(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    failed = await desk.fail_apply(plan.model_copy(update={"plan_hash": "0" * 64}))
    assert failed.code == "stale_plan"
    assert desk.xero.invoices() == []


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
