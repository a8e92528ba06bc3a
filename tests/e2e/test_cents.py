"""A cent that goes missing at any hop is found, and stops nothing but where it is."""

import json
from decimal import Decimal
from typing import Any

import pytest
from nats.js import JetStreamContext
from syncline_contracts.identity import invoice_key
from syncline_contracts.message import Headers
from syncline_stack.api import until
from syncline_stack.psa import Json
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e.administrator import on_the_bus
from tests.e2e.conftest import RoadMaker
from tests.e2e.walk import await_mapped, by_state, issue, priced, prove, sync

CENT = Decimal("0.01")


def test_a_document_whose_header_is_off_is_refused_whole_and_the_next_one_comes(
    roads: RoadMaker,
) -> None:
    road = roads()
    road.set_up()
    road.watch_the_feed()
    road.sandbox.post(
        "/_sandbox/dicker/invoices/generate",
        {"account_code": road.account, "seed": 77, "tenants": 3, "header_off_by": "0.01"},
    )
    refused = until(
        lambda: [one for one in _documents(road) if one["status"] == "rejected"],
        "the refused document",
    )[0]
    assert "0.01" in refused["message"]
    assert road.invoices() == []
    invoice = issue(road)
    key = await_mapped(road, invoice)
    sync(road, key)
    assert prove(road, {key: invoice}).synced > 0


@pytest.mark.parametrize("hop", ["published", "priced"])
def test_a_batch_that_is_off_holds_its_tenant_and_nobody_else(
    stack: Stack, roads: RoadMaker, hop: str
) -> None:
    """Another partner's invoice is said again as this one's, one tenant a cent higher."""
    origin, road = roads(), roads()
    origin.set_up()
    origin.watch_the_feed()
    invoice, _ = priced(origin)
    road.set_up()
    victim = on_the_bus(stack, lambda js: _say_again(js, hop, origin.partner, road.partner))
    key = await_mapped(road, invoice)
    row = until(lambda: _held_for(road, key, "tie_out_failed"), "the hold")
    assert [one["tenant_id"] for one in row] == [victim]
    (hold,) = [one for one in row[0]["holds"] if one["code"] == "tie_out_failed"]
    assert "0.01" in hold["message"]
    details = sync(road, key)
    others = [one for one in details["tenants"] if one["tenant_id"] != victim]
    assert len(by_state({"tenants": others})["verified"]) == len(road.xero_invoices()) > 0
    assert victim not in {one["tenant_id"] for one in details["tenants"] if one["records"]}


def _documents(road: Road) -> list[Json]:
    found: list[Json] = road.portal.get(f"{road.base}/documents")["documents"]
    return found


def _held_for(road: Road, key: str, code: str) -> list[Json]:
    rows = road.details(key)["tenants"]
    return [row for row in rows if any(hold["code"] == code for hold in row["holds"])]


async def _say_again(js: JetStreamContext, hop: str, origin: str, partner: str) -> str:
    """The manifest and the batches of an invoice, as another partner's; the tenant that is off."""
    (event,) = await _all(js, "EVENTS", f"syncline.evt.invoice.detected.v1.{origin}.>")
    key = invoice_key(partner, event[1]["source_account"], event[1]["invoice_no"])
    stream = f"LINES_{hop.upper()}"
    batches = await _all(js, stream, f"syncline.lines.{hop}.v1.*.{origin}.>")
    victim = batches[0][1]
    victim["cost"] = str(Decimal(victim["cost"]) + CENT)
    victim["lines"][0]["cost"] = str(Decimal(victim["lines"][0]["cost"]) + CENT)
    for subject, body in (event, *batches):
        subject = subject.replace(f".{origin}.", f".{partner}.").replace(body["invoice_key"], key)
        body |= {"partner_id": partner, "invoice_key": key}
        kind = "invoice.detected.v1" if body is event[1] else f"lines.{hop}.v1"
        headers = Headers(type=kind, source="test", subject=subject)
        await js.publish(subject, json.dumps(body).encode(), headers=headers.to_wire())
    return str(victim["tenant_id"])


async def _all(js: JetStreamContext, stream: str, subject: str) -> list[tuple[str, Any]]:
    subscription = await js.subscribe(subject, stream=stream, ordered_consumer=True)
    found: list[tuple[str, Any]] = []
    try:
        while True:
            message = await subscription.next_msg(timeout=1)
            found.append((message.subject, json.loads(message.data)))
    except TimeoutError:
        return found
    finally:
        await subscription.unsubscribe()
