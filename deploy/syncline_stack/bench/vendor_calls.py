"""What syncing costs at the vendor: requests for a first sync, a second one, and a read-back."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline_sandbox.invoices import generate_distributor_invoice

from syncline_stack.api import until
from syncline_stack.bench import gauges
from syncline_stack.proof import DoesNotTieError
from syncline_stack.psa import KINDS, Json
from syncline_stack.road import IN_PSA, Road
from syncline_stack.stack import Stack

NEXT_LOOK_S = 15.0
"""Longer than both syncs take, so that the read-back is counted apart from them."""
GATHER_S = 0.6
"""Quiet time that ends a batch for Xero: a busy machine's pauses are no reason for one more."""
QUIET_S = 2.0


@dataclass(frozen=True, slots=True)
class Requests:
    """How many, and how many of them write."""

    all: int
    writes: int
    refused: int
    """For the vendor's limits."""


@dataclass(frozen=True, slots=True)
class VendorCalls:
    """Of all tenants of one invoice together."""

    connector: str
    tenants: int
    records: int
    """That stand there in the end: documents, additions, charges."""
    first: Requests
    second: Requests
    read_back: Requests
    first_s: float
    """From the plan to the last tenant's end."""
    first_cpu_s: float
    """Of the connector meanwhile."""

    def to_json(self) -> dict[str, Any]:
        """As `build/bench.json` has it."""
        kinds = {"first_sync": self.first, "second_sync": self.second, "verify": self.read_back}
        return {
            "tenants": self.tenants,
            "records": self.records,
            "first_sync_s": round(self.first_s, 2),
            "first_sync_cpu_s": round(self.first_cpu_s, 2),
            **{
                name: {
                    "requests": one.all,
                    "writes": one.writes,
                    "refused_429": one.refused,
                    "requests_per_tenant": round(one.all / self.tenants, 3),
                    "requests_per_100_tenants": round(100 * one.all / self.tenants, 1),
                }
                for name, one in kinds.items()
            },
        }


def count_calls(tenants: int, directory: Path) -> tuple[VendorCalls, ...]:
    """Sync one invoice twice into every PSA, each in its turn, on a stack of its own.

    Raises `DoesNotTieError`, `TimeoutError`.
    """
    extra = {
        "*": {"SYNCLINE_CONNECTOR_VERIFY_EVERY_S": str(NEXT_LOOK_S)},
        "xero": {"SYNCLINE_CONNECTOR_GATHER_S": str(GATHER_S)},
    }
    with Stack(directory, extra=extra).running() as stack:
        return tuple(_of_connector(stack, connector, tenants) for connector in KINDS)


def _of_connector(stack: Stack, connector: str, tenants: int) -> VendorCalls:
    road = Road(stack, partner=f"calls-{connector}", people=tenants, connector=connector)
    try:
        return _count(road)
    finally:
        road.close()


def _count(road: Road) -> VendorCalls:
    road.set_up()
    road.watch_the_feed()
    invoice = generate_distributor_invoice(road.seed, road.people, lines_per_tenant=4)
    road.publish(invoice)
    key = str(road.await_priced(invoice.invoice_number)["invoice_key"])
    road.await_mapped(key, road.map_tenants(key, {}))
    start = road.psa.stats()
    used, began = _cpu_s(road), time.monotonic()
    details = _sync(road, key)
    first_s, first_cpu_s = time.monotonic() - began, _cpu_s(road) - used
    first = road.psa.stats()
    _sync(road, key)
    second = road.psa.stats()
    rows = [row for row in details["tenants"] if row["state"] in IN_PSA]
    records = sum(len(row["records"]) for row in rows)
    standing = len(road.psa.standing())
    if standing != records:
        raise DoesNotTieError(f"{records} records were told, and {road.psa.title} has {standing}")
    return VendorCalls(
        road.connector,
        len(rows),
        records,
        _between(start, first),
        _between(first, second),
        _between(second, _after_next_look(road, second)),
        first_s,
        first_cpu_s,
    )


def _cpu_s(road: Road) -> float:
    return gauges.cpu_seconds(road.stack.pids())[road.connector]


def _sync(road: Road, key: str) -> Json:
    road.approve(key, road.plan(key))
    return road.await_rest(key)


def _after_next_look(road: Road, before: Json) -> Json:
    """Counters once everything was read back: when they have moved, and then stand still."""

    def moved() -> bool:
        return bool(road.psa.stats()["request_count"] > before["request_count"])

    until(lambda: moved() or None, "the next look", 3 * NEXT_LOOK_S)
    seen, since = road.psa.stats(), time.monotonic()
    while time.monotonic() - since < QUIET_S:
        time.sleep(0.2)
        now = road.psa.stats()
        if now["request_count"] != seen["request_count"]:
            seen, since = now, time.monotonic()
    return seen


def _between(before: Json, after: Json) -> Requests:
    names = ("request_count", "write_requests", "refused_429_count")
    return Requests(*(int(after[name]) - int(before[name]) for name in names))
