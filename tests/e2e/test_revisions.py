"""A re-issued invoice: only the difference is billed, in the records that are there already."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from syncline_sandbox.invoices import (
    DistributorInvoice,
    generate_credit_note,
    revise_distributor_invoice,
)
from syncline_stack.api import until
from syncline_stack.psa import Json
from syncline_stack.road import Road

from tests.e2e.walk import await_mapped, by_state, prove, ready, sync

RoadMaker = Callable[..., Road]


def await_revision(road: Road, key: str, revised: DistributorInvoice) -> Json:
    """Every tenant stands as the revised document has it, and all of its lines came."""
    wanted = {tenant: cost for tenant, cost in revised.tenant_totals.items() if cost}

    def look() -> Json | None:
        details = road.details(key)
        costs = {row["tenant_id"]: Decimal(row["cost"]) for row in details["tenants"]}
        is_there = {tenant: cost for tenant, cost in costs.items() if cost} == wanted
        states = details["invoice"]["tenants_by_state"]
        return details if is_there and not states.get("received") else None

    return until(look, "the revision", 60)


def totals(road: Road) -> dict[str, str]:
    """What Xero has, by its invoice number."""
    return {one["number"]: one["sub_total"] for one in road.xero_invoices()}


def writes(road: Road) -> int:
    return int(road.psa.stats()["write_requests"])


def changed_tenants(before: DistributorInvoice, after: DistributorInvoice) -> set[str]:
    return {
        tenant_id
        for tenant_id, total in after.tenant_totals.items()
        if before.tenant_totals.get(tenant_id) != total
    }


def test_after_the_sync_a_revision_updates_the_same_records_and_leaves_all_others_alone(
    roads: RoadMaker,
) -> None:
    road = roads(people=8)
    invoice, key = ready(road)
    sync(road, key)
    before = totals(road)
    revised = revise_distributor_invoice(invoice, road.seed)
    assert 0 < len(changed_tenants(invoice, revised)) < len(invoice.tenant_totals)
    road.publish(revised)
    await_revision(road, key, revised)
    road.await_mapped(key, road.map_tenants(key, {}))

    rows = road.plan(key)
    planned = {
        row["tenant_id"]: {write["action"] for write in row["plan"]["writes"]}
        for row in rows
        if row["plan"]
    }
    updated = {tenant_id for tenant_id, actions in planned.items() if actions == {"update"}}
    assert updated <= changed_tenants(invoice, revised)
    assert set().union(*planned.values()) <= {"update", "unchanged"}
    road.approve(key, rows)
    details = road.await_rest(key)

    assert prove(road, {key: revised}).synced == len(by_state(details)["verified"])
    after = totals(road)
    assert set(after) == set(before)
    moved = {number for number in before if before[number] != after[number]}
    assert len(moved) == len(updated) > 0
    quiet = writes(road)
    sync(road, key)
    assert writes(road) == quiet


def test_before_the_sync_a_revision_takes_the_first_ones_place(roads: RoadMaker) -> None:
    road = roads()
    invoice, key = ready(road)
    revised = revise_distributor_invoice(invoice, road.seed)
    road.publish(revised)
    await_revision(road, key, revised)
    assert await_mapped(road, revised) == key
    details = sync(road, key)
    assert prove(road, {key: revised}).synced == len(by_state(details)["verified"]) > 0


def test_the_same_content_again_is_no_revision(roads: RoadMaker) -> None:
    road = roads()
    invoice, key = ready(road)
    sync(road, key)
    written = writes(road)
    road.publish(replace(invoice, revision=2))
    following = replace(invoice, invoice_number=invoice.invoice_number + "-B")
    road.publish(following)  # once this one is here, the other was looked at
    await_mapped(road, following)
    assert road.details(key)["invoice"]["revision"] == 1
    assert writes(road) == written


def test_a_credit_note_is_an_invoice_of_its_own_and_stands_with_what_it_amends(
    roads: RoadMaker,
) -> None:
    road = roads()
    invoice, key = ready(road)
    note = generate_credit_note(invoice, road.seed)
    road.publish(note)
    found = road.await_priced(note.invoice_number)
    assert found["amends"] == invoice.invoice_number
    assert found["cost"].startswith("-")
    (listed,) = road.details(key)["credit_notes"]
    assert (listed["invoice_no"], listed["cost"]) == (note.invoice_number, found["cost"])
    amended = road.details(found["invoice_key"])["amended"]
    assert (amended["invoice_key"], amended["invoice_no"]) == (key, invoice.invoice_number)
