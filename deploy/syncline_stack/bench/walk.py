"""Files on their way: dropped into the watched folder, and looked at until they are ready."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from syncline_stack.api import RefusedError
from syncline_stack.bench import gauges
from syncline_stack.bench.counters import STAGES, lines_passed
from syncline_stack.bench.usage import UsageFile, write_daily_usage
from syncline_stack.proof import DoesNotTieError
from syncline_stack.psa import Json
from syncline_stack.road import Road

DONE = frozenset({"ready", "nothing_to_bill"})
STUCK = frozenset({"held", "failed"})
SMALL_ROWS, SMALL_TENANTS = 200, 3
LOOK_S = 0.1
COUNT_EVERY_S = 0.5
IN_FLIGHT_CPU_S = 0.5
"""So much has ingest used since a file was dropped: then it reads it."""
SLOWEST_LINES_PER_S = 500
SMALL_PATIENCE_S = 60.0
Invoices = dict[str, Json]
OnLines = Callable[[int], None]


@dataclass(slots=True)
class Took:
    """Seconds from a file's drop, by the wall clock; `None` where it never came to it."""

    seconds: float = 0.0
    reached: dict[str, float] = field(default_factory=dict)
    """When the large one was detected, and when the last of its lines had passed each stage."""
    small_alone_s: float | None = None
    small_beside_s: dict[str, float | None] = field(
        default_factory=lambda: {"reading": None, "flowing": None}
    )
    """Beside the large one, while it is read and while its lines flow."""


class Walk:
    """One look at the clerk's list serves all files that are underway."""

    def __init__(self, road: Road, file: UsageFile, on_lines: OnLines) -> None:
        self._road = road
        self._file = file
        self._on_lines = on_lines
        self._dropped: dict[str, float] = {}
        self._counted_at = 0.0
        self._passed: Mapping[str, int] = {}
        self.took = Took()
        self.peak_rss_mib: dict[str, int] = {}

    def small_alone(self) -> None:
        """A small file while nothing else happens."""
        number = self._drop_small("alone")
        self.took.small_alone_s = self._await(number, SMALL_PATIENCE_S, lambda found: None)

    def large(self, *, with_small: bool) -> None:
        """The file itself; small ones are dropped beside it once it is read, and once it flows."""
        self._count()
        begun, before = gauges.cpu_seconds(self._road.stack.pids()), dict(self._passed)
        smalls: dict[str, str] = {}

        def look(found: Invoices) -> None:
            large = found.get(self._file.invoice_no)
            self._note(large, before)
            if with_small:
                is_read = self._ingest_used(begun) > IN_FLIGHT_CPU_S
                self._drop_beside(smalls, large, is_read=is_read)
                self._note_small(smalls, found)

        self._drop(self._file)
        patience = 120.0 + self._file.total.lines / SLOWEST_LINES_PER_S
        self.took.seconds = self._await(self._file.invoice_no, patience, look)
        for name, number in smalls.items():
            if self.took.small_beside_s[name] is None:
                waited = self._await(number, SMALL_PATIENCE_S, lambda found: None)
                self.took.small_beside_s[name] = waited

    def look(self) -> Invoices:
        """The clerk's list by the supplier's number, and now and then what the services count."""
        if time.monotonic() - self._counted_at > COUNT_EVERY_S:
            self._count()
        peaks = gauges.peak_rss_mib(self._road.stack.pids())
        self.peak_rss_mib = gauges.highest((self.peak_rss_mib, peaks))
        try:
            return {one["invoice_no"]: one for one in self._road.invoices()}
        except RefusedError:  # an outage of a moment is part of what is measured
            return {}

    def _count(self) -> None:
        self._passed = lines_passed(self._road.stack)
        self._counted_at = time.monotonic()

    def _note(self, large: Json | None, before: Mapping[str, int]) -> None:
        """How far the large one is. The lines of a small one beside it count as well: a few."""
        at = time.monotonic() - self._dropped[self._file.invoice_no]
        if large is not None:
            self.took.reached.setdefault("detected", at)
        for stage in STAGES:
            passed = self._passed.get(stage, 0) - before.get(stage, 0)
            if passed >= self._file.total.lines:
                self.took.reached.setdefault(stage, at)
            if stage == "kept":
                self._on_lines(min(passed, self._file.total.lines))

    def _drop_beside(self, smalls: dict[str, str], large: Json | None, *, is_read: bool) -> None:
        if "reading" not in smalls and large is None and is_read:
            smalls["reading"] = self._drop_small("reading")
        if "flowing" not in smalls and large is not None and not _is_ready(large):
            smalls["flowing"] = self._drop_small("flowing")

    def _note_small(self, smalls: dict[str, str], found: Invoices) -> None:
        for name, number in smalls.items():
            if self.took.small_beside_s[name] is None and _is_ready(found.get(number)):
                self.took.small_beside_s[name] = time.monotonic() - self._dropped[number]

    def _ingest_used(self, begun: gauges.Seconds) -> float:
        return gauges.used(begun, gauges.cpu_seconds(self._road.stack.pids()))["ingest"]

    def _await(self, number: str, timeout_s: float, on_look: Callable[[Invoices], None]) -> float:
        """Seconds from drop to ready. Raises `TimeoutError`, `DoesNotTieError` where it cannot."""
        while time.monotonic() < self._dropped[number] + timeout_s:
            found = self.look()
            on_look(found)
            if _is_ready(found.get(number)):
                return time.monotonic() - self._dropped[number]
            self._raise_where_stuck(found.get(number))
            time.sleep(LOOK_S)
        raise TimeoutError(f"invoice {number} was not ready within {timeout_s:.0f} s")

    def _raise_where_stuck(self, invoice: Json | None) -> None:
        if invoice is None:
            self._raise_where_refused()
            return
        states = {state for state, count in invoice["tenants_by_state"].items() if count}
        if states & STUCK and states <= STUCK | DONE:
            self._raise_held(invoice)

    def _raise_held(self, invoice: Json) -> NoReturn:
        rows = self._road.details(invoice["invoice_key"])["tenants"]
        why = [row["holds"] or row["failure"] for row in rows if row["state"] in STUCK]
        raise DoesNotTieError(
            f"invoice {invoice['invoice_no']}: {len(why)} tenants are not ready, the first "
            f"for {why[:1]}"
        )

    def _raise_where_refused(self) -> None:
        folder = self._road.stack.folder_root / self._road.partner / "quarantine"
        for reason in folder.glob("*.reason.txt"):
            raise DoesNotTieError(f"the file was refused: {reason.read_text()}")

    def _drop(self, file: UsageFile) -> None:
        inbox = self._road.stack.folder_root / self._road.partner / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        self._dropped[file.invoice_no] = time.monotonic()
        file.path.rename(inbox / f"{file.invoice_no}.csv")

    def _drop_small(self, name: str) -> str:
        """A small file of the same partner; its tenants are among the large one's."""
        small = write_daily_usage(
            self._file.path.with_name(f"{name}.csv"),
            rows=SMALL_ROWS,
            tenants=min(SMALL_TENANTS, len(self._file.tenants)),
            seed=self._road.seed,
            edition=name,
        )
        self._drop(small)
        return small.invoice_no


def _is_ready(invoice: Json | None) -> bool:
    if invoice is None or not invoice["tenants"]:
        return False
    return all(state in DONE for state, count in invoice["tenants_by_state"].items() if count)
