"""The verbs against the sandbox's Xero: what is written, and that it is written once."""

from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantPlannedV1, TenantSyncedV1, TenantVerifiedV1
from syncline_xero.app import create_service

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import DeskMaker, charge


async def test_a_tenant_is_planned_written_once_and_read_back(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    assert [write.action for write in plan.writes] == ["create"]
    assert desk.xero.invoices() == []
    synced = await desk.apply(plan)
    verified = (await desk.answer(TenantVerifiedV1, synced.request_id))[0]
    (invoice,) = desk.xero.invoices()
    assert invoice["number"] == plan.writes[0].label
    assert invoice["number"].startswith("AZ-202610-")
    assert (invoice["status"], invoice["sub_total"]) == ("DRAFT", "120.15")
    assert str(verified.total) == str(synced.total) == "120.15"
    assert [row.state for row in await desk.ledger()] == ["verified"]


async def test_forty_tenants_cost_one_write_and_a_few_reads(
    servers: Servers, desks: DeskMaker
) -> None:
    # Patient enough for forty commands on a machine that is busy with something else.
    patient = create_service(xero_settings(servers, connector_gather_s=1.5))
    await patient.start()
    desk = desks(40)
    await desk.connect()
    charges = [desk.charges(number) for number in range(40)]
    asked = {one.tenant_id: await desk.ask_plan(one) for one in charges}
    plans = await desk.answer(TenantPlannedV1, asked)
    planning = desk.xero.stats()["request_count"]
    applied = {one.tenant_id: await desk.ask_apply(one.tenant_id, one.plan_hash) for one in plans}
    await desk.answer(TenantSyncedV1, applied)
    await desk.answer(TenantVerifiedV1, applied)
    stats = desk.xero.stats()
    assert (stats["write_requests"], stats["records_created"]) == (1, 40)
    # Once: organisation, currencies, items, accounts, tax rates. Per batch: contacts, find.
    assert planning <= 5 + 2 * 2
    assert stats["request_count"] - planning <= 3 + 2
    assert stats["refused_429_count"] == 0
    await patient.stop()


async def test_a_new_price_updates_the_very_record(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    (before,) = desk.xero.invoices()
    dearer = desk.charges(0, charge("110.00"), charge("20.05", "AZ-RI"), version=2)
    plan = await desk.plan(dearer)
    (write,) = plan.writes
    assert write.action == "update"
    assert (str(write.amount_before), str(write.amount)) == ("120.15", "130.05")
    await desk.sync(dearer)
    (after,) = desk.xero.invoices()
    assert (after["invoice_id"], after["sub_total"]) == (before["invoice_id"], "130.05")
    assert [line["line_item_id"] for line in after["lines"]] == [
        line["line_item_id"] for line in before["lines"]
    ]


async def test_lines_bear_the_tracking_of_the_connection(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(tracking="Service line: Azure")
    await desk.sync(desk.charges(0))
    (invoice,) = desk.xero.invoices()
    tags = [[tag["option"] for tag in line["tracking"]] for line in invoice["lines"]]
    assert tags == [["Azure"], ["Azure"]]
