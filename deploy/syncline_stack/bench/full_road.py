"""The full road of a file: from the watched folder to ready, on the processes of `make up`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

from syncline_stack.api import until
from syncline_stack.bench import gauges
from syncline_stack.bench.usage import UsageFile, write_daily_usage
from syncline_stack.bench.walk import LOOK_S, OnLines, Took, Walk
from syncline_stack.proof import DoesNotTieError
from syncline_stack.road import Road
from syncline_stack.stack import Stack

PARTNER = "bench"
CONTACTS = 20
"""Contacts in Xero; tenants share them, for what a mapping costs does not depend on whose it is."""
IDLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Case:
    """What to measure."""

    rows: int
    tenants: int
    with_small: bool = False
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """A case with what it cost."""

    case: Case
    took: Took
    file_bytes: int
    cost: Decimal
    cpu_s: gauges.Seconds
    """Per process while the file was underway, less what each uses while nothing happens."""
    idle_cpu_per_s: gauges.Seconds
    peak_rss_mib: dict[str, int]
    stored_bytes: dict[str, int]

    @property
    def lines_per_s(self) -> float:
        """From drop to ready, the waiting for the file to lie still included."""
        return self.case.rows / self.took.seconds

    @property
    def cpu_us_per_line(self) -> float:
        """Of all processes together."""
        return sum(self.cpu_s.values()) / self.case.rows * 1e6


def measure(case: Case, directory: Path, on_lines: OnLines = lambda lines: None) -> Measured:
    """Measure on a stack of its own. Raises `DoesNotTieError` where a figure is not the file's."""
    directory.mkdir(parents=True, exist_ok=True)
    file = write_daily_usage(
        directory / "usage.csv", rows=case.rows, tenants=case.tenants, seed=case.seed
    )
    size = file.size
    with Stack(directory / "stack").running() as stack, _road(stack, case) as road:
        _map(road, file)
        walk = Walk(road, file, on_lines)
        walk.small_alone()  # it also warms up whatever is done for the first time only
        idle = _idle(stack, walk)
        before, began = gauges.cpu_seconds(stack.pids()), time.monotonic()
        walk.large(with_small=case.with_small)
        lasted = time.monotonic() - began
        spent = gauges.used(before, gauges.cpu_seconds(stack.pids()))
        _tie(road, file)
        return Measured(
            case=case,
            took=walk.took,
            file_bytes=size,
            cost=file.total.cost,
            cpu_s={name: max(0.0, used - idle[name] * lasted) for name, used in spent.items()},
            idle_cpu_per_s=idle,
            peak_rss_mib=walk.peak_rss_mib,
            stored_bytes={
                name: gauges.bytes_below(stack.directory / name) for name in ("nats", "mongo")
            },
        )


@contextmanager
def _road(stack: Stack, case: Case) -> Iterator[Road]:
    road = Road(stack, partner=PARTNER, people=CONTACTS, seed=case.seed)
    try:
        road.set_up()
        road.portal.put(
            f"{road.base}/sources/folder",
            {"kind": "watched_folder", "settings": {"bill_from_usage": True}},
        )
        yield road
    finally:
        road.close()


def _map(road: Road, file: UsageFile) -> None:
    """Beforehand, as in every month but the first."""
    contacts = until(lambda: road.search("contacts"), "the contacts")
    for number, tenant in enumerate(file.tenants):
        contact = contacts[number % len(contacts)]
        until(partial(road.map_tenant, tenant.tenant_id, contact), tenant.company_name)


def _idle(stack: Stack, walk: Walk) -> gauges.Seconds:
    """CPU seconds a second while nothing happens but the bench's own looking."""
    before, began = gauges.cpu_seconds(stack.pids()), time.monotonic()
    while (lasted := time.monotonic() - began) < IDLE_S:
        walk.look()
        time.sleep(LOOK_S)
    spent = gauges.used(before, gauges.cpu_seconds(stack.pids()))
    return {name: used / lasted for name, used in spent.items()}


def _tie(road: Road, file: UsageFile) -> None:
    """Every figure of the invoice, per tenant too, is that of the generator."""
    invoice = road.invoice(file.invoice_no)
    if invoice is None:
        raise DoesNotTieError(f"invoice {file.invoice_no} is gone")
    rows = {row["tenant_id"]: row for row in road.details(invoice["invoice_key"])["tenants"]}
    if set(rows) != set(file.by_tenant):
        raise DoesNotTieError(f"{len(rows)} tenants; the file has {len(file.by_tenant)}")
    pairs = [("the invoice", invoice, file.total)]
    pairs += [(rows[key]["tenant_name"], rows[key], own) for key, own in file.by_tenant.items()]
    for who, found, own in pairs:
        if (int(found["lines"]), Decimal(found["cost"])) != (own.lines, own.cost):
            raise DoesNotTieError(
                f"{who}: {found['lines']} lines of {found['cost']}; the file has {own.lines} "
                f"of {own.cost}"
            )
    if not invoice["tie_out"]["ties"]:
        raise DoesNotTieError(f"the invoice does not tie: {invoice['tie_out']}")
