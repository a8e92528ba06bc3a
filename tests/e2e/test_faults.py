"""Whatever goes wrong around one partner: the right outcome, visible in the API, nothing lost."""

import pytest
from pymongo import MongoClient
from syncline_chassis.rights import ADMINISTRATOR
from syncline_stack.api import until
from syncline_stack.psa import Json
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e.administrator import publish_raw
from tests.e2e.conftest import RoadMaker
from tests.e2e.walk import (
    await_mapped,
    by_state,
    holds,
    issue,
    priced,
    prove,
    ready,
    sync,
)


def fault(road: Road, kind: str, **fields: object) -> None:
    road.sandbox.post(
        "/_sandbox/faults", {"target": "xero", "kind": kind, "org": road.psa.owner, **fields}
    )


def dead_letters(road: Road) -> list[Json]:
    found: list[Json] = road.portal.get("/v1/dead-letters", limit=100)["dead_letters"]
    return [one for one in found if one["partner_id"] == road.partner]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("429", {"retry_after_s": 1}),
        ("500", {}),
        ("500_after_commit", {}),
        ("slow", {"delay_s": 3}),
        ("cut_before", {}),
        ("cut_after_commit", {}),
        ("malformed_json", {}),
    ],
)
def test_xero_in_trouble_while_it_is_written_to(
    roads: RoadMaker, kind: str, fields: dict[str, object]
) -> None:
    road = roads()
    invoice, key = ready(road)
    fault(road, kind, method="PUT", **fields)
    details = sync(road, key)
    assert set(by_state(details)) == {"verified", "held"}
    assert prove(road, {key: invoice}).synced == len(by_state(details)["verified"]) > 0


def test_an_error_inside_a_200_stops_one_tenant_and_says_why(roads: RoadMaker) -> None:
    road = roads()
    invoice, key = ready(road)
    rows = road.plan(key)
    label = rows[0]["plan"]["writes"][0]["label"]
    fault(road, "error_in_200", method="PUT", match=label, message="Account code is archived")
    road.approve(key, rows)
    details = road.await_rest(key)
    (failed,) = [row for row in details["tenants"] if row["state"] == "failed"]
    assert failed["tenant_id"] == rows[0]["tenant_id"]
    assert "Account code is archived" in failed["failure"]
    assert len(road.xero_invoices()) == len(rows) - 1
    sync(road, key)
    assert prove(road, {key: invoice}).synced == len(rows)


def test_a_cent_too_many_in_xero_is_found_and_stops_one_tenant(roads: RoadMaker) -> None:
    road = roads()
    invoice, key = ready(road)
    rows = road.plan(key)
    label = rows[0]["plan"]["writes"][0]["label"]
    fault(road, "off_by_cent", method="PUT", match=label)
    road.approve(key, rows)
    details = road.await_rest(key)
    off = [row for row in details["tenants"] if row["state"] == "failed"]
    assert len({row["tenant_id"] for row in off}) == 1
    assert off[0]["failure_code"] == "tie_out_failed"
    assert f"planned was {off[0]['sell']}" in off[0]["failure"]
    sync(road, key)
    assert prove(road, {key: invoice}).synced == len(rows)


def test_a_partner_without_a_connection_waits_and_goes_on_once_it_has_one(
    roads: RoadMaker,
) -> None:
    road = roads()
    road.set_up(connected=False)
    road.watch_the_feed()
    invoice, key = priced(road)
    details = road.details(key)
    assert set(by_state(details)) == {"held"}
    assert "no_connection" in holds(details)
    road.connect()
    road.register()
    road.await_mapped(key, road.map_tenants(key, {}))
    sync(road, key)
    assert prove(road, {key: invoice}).synced > 0


def test_a_message_that_breaks_its_contract_is_kept_with_its_reason_and_the_next_one_flows(
    stack: Stack, roads: RoadMaker
) -> None:
    road = roads()
    road.set_up()
    publish_raw(
        stack,
        subject=f"syncline.evt.partner.changed.v1.{road.partner}._",
        type_name="partner.changed.v1",
        body=b'{"partner_id": "%s", "version": "many"}' % road.partner.encode(),
    )
    letter = until(lambda: dead_letters(road), "the dead letter")[0]
    assert letter["service"] == "pricing"
    assert letter["error_kind"] == "InvalidMessageError"
    whole = road.portal.get(f"/v1/dead-letters/{letter['letter_id']}")
    assert '"version": "many"' in whole["body"]
    road.watch_the_feed()
    invoice = issue(road)
    key = await_mapped(road, invoice)
    sync(road, key)
    assert prove(road, {key: invoice}).synced > 0


def test_a_handler_that_fails_for_one_partner_keeps_its_messages_and_stops_nobody_else(
    stack: Stack, roads: RoadMaker
) -> None:
    broken, fine = roads(), roads()
    broken.set_up()
    broken.watch_the_feed()
    client = MongoClient[Json](stack.mongo.url(ADMINISTRATOR))
    database = client["syncline_mapping"]
    rule = {"partner_id": {"$ne": broken.partner}}
    database.command("collMod", "batches", validator=rule)
    try:
        invoice = issue(broken)
        letters = until(lambda: _all_laid_down(broken), "the dead letters of every tenant")
        assert {one["service"] for one in letters} == {"mapping"}
        assert {one["attempts"] for one in letters} == {3}
        good, its_key = ready(fine)
        sync(fine, its_key)
        assert prove(fine, {its_key: good}).synced > 0
    finally:
        database.command("collMod", "batches", validator={})
        client.close()
    for letter in letters:
        broken.portal.post(f"/v1/dead-letters/{letter['letter_id']}/replay")
    assert dead_letters(broken) == []
    key = await_mapped(broken, invoice)
    sync(broken, key)
    assert prove(broken, {key: invoice}).synced > 0


def _all_laid_down(road: Road) -> list[Json] | None:
    found = dead_letters(road)
    return found if len(found) == road.people else None
