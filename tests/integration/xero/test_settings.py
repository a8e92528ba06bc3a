"""Settings of the connection: what they do to new documents, to drafts, and to approved ones."""

from typing import Any

import pytest
from syncline_chassis.connector.service import connector_service
from syncline_chassis.service import Service
from syncline_chassis.testing.clock import FixedClock
from syncline_contracts.query import SearchPicks
from syncline_xero.connector import XeroConnector

from tests.conftest import Servers
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import CONNECTION, DeskMaker, XeroDesk, charge

AZURE = "Service line: Azure"
SERVICES = "Service line: Services"


def tags(desk: XeroDesk) -> list[list[str]]:
    return [
        [f"{tag['name']}: {tag['option']}" for tag in line["tracking"]]
        for invoice in desk.xero.invoices()
        if invoice["status"] != "DELETED"
        for line in invoice["lines"]
    ]


async def test_the_pick_list_of_tags_holds_what_the_connection_takes(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    search = SearchPicks(
        partner_id=desk.partner_id, connection_id=CONNECTION, list="tracking", text="azure"
    )
    (found,) = (await desk.ask(search)).items
    assert (found.id, found.inactive) == (AZURE, False)
    await desk.connect(1, tracking=found.id)
    await desk.sync(desk.charges(0))
    assert tags(desk) == [[AZURE]] * 2


async def test_other_tags_reach_the_lines_of_drafts_and_leave_what_is_approved(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    approved = await desk.sync(desk.charges(1))
    desk.xero.invoice(approved.records[0].label)
    await desk.connect(1, tracking=AZURE, due_days="30")
    draft = await desk.plan(desk.charges(0))
    assert [write.action for write in draft.writes] == ["update"]
    assert [write.action for write in (await desk.plan(desk.charges(1))).writes] == ["unchanged"]
    await desk.sync(desk.charges(0))
    assert tags(desk) == [[AZURE], [AZURE], [], []]
    await desk.connect(2, tracking=SERVICES, due_days="30")
    await desk.verify("tenant-0")  # what was written stands, so it is no drift
    await desk.sync(desk.charges(0))
    assert tags(desk) == [[SERVICES], [SERVICES], [], []]


async def test_a_tag_that_a_person_changed_is_drift_where_the_connection_names_tags(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(tracking=AZURE)
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    label = synced.records[0].label
    desk.xero.edit(label, lines=[{"index": 0, "tracking": ["Services"]}])
    (drift,) = (await desk.drift("tenant-0")).drifts
    assert SERVICES in drift.what
    assert drift.off_by == 0


@pytest.mark.parametrize(("before", "after"), [(AZURE, ""), ("", AZURE), (AZURE, SERVICES)])
async def test_other_tags_in_the_connection_alone_are_no_drift(
    service: Service, desks: DeskMaker, before: str, after: str
) -> None:
    desk = desks()
    await desk.connect(tracking=before)
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    await desk.connect(1, tracking=after)
    await desk.verify("tenant-0")
    desk.xero.edit(synced.records[0].label, lines=[{"index": 0, "tracking": ["Services"]}])
    if before:  # it was written, so it is ours
        (drift,) = (await desk.drift("tenant-0")).drifts
        assert AZURE in drift.what
    else:
        await desk.verify("tenant-0")


async def test_what_is_taken_back_or_approved_keeps_what_was_written_of_it(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    label = synced.records[0].label
    desk.xero.invoice(label)
    await desk.connect(1, tracking=AZURE)
    await desk.sync(desk.charges(0, charge("5.00")))
    desk.xero.edit(label, lines=[{"index": 0, "tracking": ["Services"]}])
    await desk.verify("tenant-0")  # its tags are still nobody's business
    await desk.sync(desk.charges(0, charge("6.00"), version=2))
    desk.xero.edit(label, lines=[{"index": 0, "tracking": ["Azure"]}])
    await desk.verify("tenant-0")


async def test_tags_of_people_stay_where_the_connection_names_none(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    desk.xero.edit(synced.records[0].label, lines=[{"index": 0, "tracking": ["Services"]}])
    await desk.verify("tenant-0")
    await desk.sync(desk.charges(0, charge("6.00"), version=2))
    assert tags(desk) == [[SERVICES]]


async def test_what_takes_an_approved_invoice_back_bears_its_tags(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect(tracking=AZURE)
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    desk.xero.invoice(synced.records[0].label)
    await desk.reverse("tenant-0")
    assert tags(desk) == [[AZURE], [AZURE]]


async def test_an_invoice_is_due_by_the_contacts_own_terms_else_by_the_organisations(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks(sales_terms={"day": 7, "kind": "DAYSAFTERBILLMONTH"})
    of_its_own = {"day": 20, "kind": "OFFOLLOWINGMONTH"}
    desk.xero.sandbox.ask(
        "POST",
        f"xero/{desk.xero.org}/contacts",
        contact_id=desk.psa.client(0),
        name="Customer 0",
        sales_terms=of_its_own,
    )
    await desk.connect(due_rule="contact_terms")
    await desk.sync(desk.charges(0))
    await desk.sync(desk.charges(1))
    assert [one["due_on"] for one in desk.xero.invoices()] == ["2026-11-20", "2026-11-07"]
    credited = await desk.sync(desk.charges(2, charge("-3.00")))
    desk.xero.invoice(credited.records[0].label)
    await desk.reverse("tenant-2")
    assert desk.xero.invoices()[-1]["due_on"] == "2026-11-07"


async def test_an_invoice_may_be_dated_by_the_day_of_its_sync(
    servers: Servers, desks: DeskMaker
) -> None:
    settings = xero_settings(servers)
    clock = FixedClock()
    connector = XeroConnector(settings, clock=clock)
    service = connector_service(connector, settings)
    await service.start()
    try:
        desk = desks()
        fields: dict[str, Any] = {"date_rule": "sync_day", "due_rule": "day_of_next_month"}
        await desk.connect(**fields, due_days="5")
        await desk.sync(desk.charges(0))
        first = [(one["issued_on"], one["due_on"]) for one in desk.xero.invoices()]
        clock.advance(24 * 3600)
        assert [one.action for one in (await desk.plan(desk.charges(0))).writes] == ["unchanged"]
        await desk.sync(desk.charges(0, charge("1.00"), version=2))
        assert [(one["issued_on"], one["due_on"]) for one in desk.xero.invoices()] == first
        await desk.sync(desk.charges(1))
        days = [one["issued_on"] for one in desk.xero.invoices()]
        assert len(set(days)) == 2
    finally:
        await service.stop()


async def test_a_changed_mapping_moves_the_very_draft_to_the_other_contact(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    first = await desk.sync(desk.charges(0))
    moved = desk.charges(0, version=2, client_id=desk.psa.client(1), client_name="Customer 1")
    plan = await desk.plan(moved)
    assert [write.action for write in plan.writes] == ["update"]
    second = await desk.sync(moved)
    assert second.records == first.records
    (invoice,) = desk.xero.invoices()
    assert (invoice["contact_id"], invoice["sub_total"]) == (desk.psa.client(1), "120.15")
