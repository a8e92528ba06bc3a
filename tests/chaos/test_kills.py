"""Killed at any moment and started again, the result is that of an undisturbed run, to the cent."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from syncline_sandbox.invoices import DistributorInvoice, generate_distributor_invoice
from syncline_stack.api import until
from syncline_stack.keepsake import SERVICES
from syncline_stack.psa import Json
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.chaos.killer import Killer
from tests.e2e.walk import prove

PEOPLE = 10
MONTHS = ("2026-08", "2026-09", "2026-10")
MOST_KILLS = 40
PATIENCE_S = 150.0
Outcome = dict[str, tuple[Any, ...]]
_numbers = itertools.count(1)
TARGETS = [*SERVICES, "nats", "mongo"]


def walk(road: Road, invoice: DistributorInvoice) -> str:
    """The whole road, by a clerk who tries again whatever happens; the invoice's key."""
    key = str(road.await_priced(invoice.invoice_number, PATIENCE_S)["invoice_key"])
    contacts: dict[str, Json | None] = {}
    (unknown,) = until(lambda: [road.map_tenants(key, contacts)], "the mapping", PATIENCE_S)
    road.await_mapped(key, unknown, PATIENCE_S)
    road.sync_whatever_happens(key, PATIENCE_S)
    return key


def outcome(road: Road, key: str) -> Outcome:
    """What came out, per tenant."""
    names = ("state", "lines", "cost", "rrp", "sell", "residual", "client_name")
    rows = road.details(key)["tenants"]
    return {row["tenant_id"]: tuple(row[name] for name in names) for row in rows}


@contextlib.contextmanager
def started(stack: Stack) -> Iterator[Road]:
    """A partner of its own whose feed is watched."""
    road = Road(stack, partner=f"c{next(_numbers)}", people=PEOPLE, seed=5)
    with contextlib.closing(road):
        road.set_up()
        road.watch_the_feed()
        yield road


def issue(road: Road, month: str) -> DistributorInvoice:
    invoice = generate_distributor_invoice(road.seed, road.people, month, lines_per_tenant=30)
    road.publish(invoice)
    return invoice


@pytest.fixture(scope="module")
def undisturbed(stack: Stack) -> dict[str, Outcome]:
    """What comes out of each month when nothing is killed."""
    found: dict[str, Outcome] = {}
    invoices: dict[str, DistributorInvoice] = {}
    with started(stack) as road:
        for month in MONTHS:
            invoice = issue(road, month)
            key = walk(road, invoice)
            invoices[key] = invoice
            found[month] = outcome(road, key)
        prove(road, invoices)
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_one_that_is_killed_again_and_again(
    stack: Stack, undisturbed: dict[str, Outcome], target: str
) -> None:
    month, seed = MONTHS[0], TARGETS.index(target)
    with started(stack) as road:
        with Killer(stack, [target], seed=seed, most=5, pause_s=0.7) as killer:
            invoice = issue(road, month)
            key = walk(road, invoice)
        settle(stack, road, key)
        assert killer.killed[target] > 0
        assert outcome(road, key) == undisturbed[month]
        prove(road, {key: invoice})


@pytest.mark.parametrize("seed", [101, 103])
def test_any_of_them_killed_at_any_moment(
    stack: Stack, undisturbed: dict[str, Outcome], seed: int
) -> None:
    invoices: dict[str, DistributorInvoice] = {}
    with started(stack) as road:
        with Killer(stack, TARGETS, seed=seed, most=MOST_KILLS, pause_s=0.5) as killer:
            for month in MONTHS:
                invoice = issue(road, month)
                invoices[walk(road, invoice)] = invoice
        for key in invoices:
            settle(stack, road, key)
        assert sum(killer.killed.values()) > 5
        assert [outcome(road, key) for key in invoices] == [undisturbed[month] for month in MONTHS]
        prove(road, invoices)


def settle(stack: Stack, road: Road, key: str) -> None:
    """Nothing is killed any more: what is still on its way arrives."""
    stack.await_ready()
    road.sync_whatever_happens(key, PATIENCE_S)
