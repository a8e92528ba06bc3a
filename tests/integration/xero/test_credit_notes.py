"""A tenant that is owed money: one draft credit note, once, and back again."""

from decimal import Decimal

from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantVerifiedV1

from tests.integration.xero.desk import DeskMaker, XeroDesk, charge


def stood(desk: XeroDesk) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["status"], one["sub_total"]) for one in desk.xero.invoices()]


async def test_a_negative_total_is_one_credit_note_and_a_second_sync_writes_nothing(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    charges = desk.charges(0, charge("-20.00"), charge("5.50", "AZ-RI"))
    synced = await desk.sync(charges)
    assert (synced.total, stood(desk)) == (Decimal("-14.50"), [("credit_note", "DRAFT", "14.50")])
    assert synced.records[0].ref.startswith("CreditNotes/")
    written = desk.psa.writes_sent()
    again = await desk.sync(charges)
    assert (again.records, desk.psa.writes_sent()) == (synced.records, written)


async def test_another_price_changes_the_very_credit_note(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge("-20.00")))
    await desk.sync(desk.charges(0, charge("-21.00"), version=2))
    assert stood(desk) == [("credit_note", "DRAFT", "21.00")]


async def test_where_the_sign_turns_the_one_is_deleted_and_the_other_made(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge("20.00")))
    plan = await desk.plan(desk.charges(0, charge("-3.00"), version=2))
    assert sorted((write.action, write.amount) for write in plan.writes) == [
        ("create", Decimal("-3.00")),
        ("delete", Decimal(0)),
    ]
    await desk.apply(plan)
    await desk.sync(desk.charges(0, charge("20.00"), version=3))
    assert stood(desk) == [
        ("invoice", "DELETED", "20.00"),
        ("credit_note", "DELETED", "3.00"),
        ("invoice", "DRAFT", "20.00"),
    ]


async def test_an_approved_invoice_whose_charges_turn_negative_is_credited_in_full(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("20.00")))
    desk.psa.invoice(synced.records[0].label)
    done = await desk.sync(desk.charges(0, charge("-3.00"), version=2))
    assert done.total == Decimal("-3.00")
    assert stood(desk) == [
        ("invoice", "AUTHORISED", "20.00"),
        ("credit_note", "DRAFT", "20.00"),
        ("credit_note", "DRAFT", "3.00"),
    ]


async def test_an_approved_credit_note_is_taken_back_by_an_invoice(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("-3.00")))
    desk.psa.invoice(synced.records[0].label)
    done = await desk.reverse("tenant-0")
    assert [one.amount for one in done.offsets] == [Decimal("3.00")]
    assert stood(desk) == [("credit_note", "AUTHORISED", "3.00"), ("invoice", "DRAFT", "3.00")]


async def test_a_lost_answer_is_settled_by_finding_the_credit_note(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    desk.psa.trouble("cut_after_commit", "create")
    await desk.sync(desk.charges(0, charge("-3.00")))
    assert stood(desk) == [("credit_note", "DRAFT", "3.00")]


async def test_invoices_and_credit_notes_of_many_tenants_take_a_call_each(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks(contacts=6)
    await desk.connect()
    plans = [
        await desk.plan(desk.charges(at, charge("-1.00" if at % 2 else "1.00"))) for at in range(6)
    ]
    written = desk.psa.writes_sent()
    requests = [await desk.ask_apply(plan.tenant_id, plan.plan_hash) for plan in plans]
    for request in requests:
        await desk.answer(TenantVerifiedV1, request)
    assert desk.psa.writes_sent() - written <= 4
    assert sorted(kind for kind, _, _ in stood(desk)) == ["credit_note"] * 3 + ["invoice"] * 3
