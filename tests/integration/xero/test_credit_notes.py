"""A tenant that is owed money: one draft credit note, once, and back again."""

from decimal import Decimal

import pytest
from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantPlannedV1, TenantVerifiedV1
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
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


@pytest.mark.parametrize("route", ["/Invoices", "/CreditNotes"])
@pytest.mark.parametrize("trouble", ["500_after_commit", "429", "503"])
async def test_trouble_with_the_one_kind_repeats_nothing_of_the_other(
    servers: Servers, desks: DeskMaker, route: str, trouble: str
) -> None:
    # Patient enough for four commands on a machine that is busy with something else.
    patient = create_service(xero_settings(servers, connector_gather_s=1.0))
    await patient.start()
    desk = desks(4)
    await desk.connect()
    charges = [desk.charges(n, charge("7.00" if n % 2 else "-3.00")) for n in range(4)]
    asked = {one.tenant_id: await desk.ask_plan(one) for one in charges}
    plans = await desk.answer(TenantPlannedV1, asked)
    desk.xero.fault(trouble, method="PUT", route=route, retry_after_s=1)
    applied = {one.tenant_id: await desk.ask_apply(one.tenant_id, one.plan_hash) for one in plans}
    await desk.answer(TenantVerifiedV1, applied)
    stats = desk.xero.stats()
    assert stats["records_created"] == 4
    assert stats["write_requests"] == (2 if trouble == "500_after_commit" else 3)
    assert sorted(stood(desk)) == sorted(
        [("credit_note", "DRAFT", "3.00"), ("invoice", "DRAFT", "7.00")] * 2
    )
    await patient.stop()


async def test_what_a_person_changed_on_a_credit_note_is_drift(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("-100.10")))
    desk.psa.meddle(synced.records[0].label, Decimal("-90.00"))
    (drift,) = (await desk.drift("tenant-0")).drifts
    assert str(drift.off_by) == "10.10"
    assert "-90.00 instead of -100.10" in drift.what
