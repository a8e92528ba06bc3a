"""How soon a clerk sees something in a real browser, on a stack of its own."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from syncline_stack.bench import gauges
from syncline_stack.bench.crowd import Crowd, gather
from syncline_stack.bench.seeded import OnInvoices, Seeded, Sizes, every_invoice, seed
from syncline_stack.bench.window import Window
from syncline_stack.browser import chromium
from syncline_stack.psa import Json
from syncline_stack.road import Road
from syncline_stack.stack import Stack

PARTNER = "pages"
CONTACTS = 20
OPENED, ACTED = 5, 6
FIRST_MS, ACTION_MS = 1_000, 300
"""What is wanted on two cores, while nothing else runs."""
Act = Callable[[Page], Any]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of every repetition, in their order; the first one found nothing cached."""

    target: int
    ms: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """As `build/bench.json` has it."""
        return {
            "median_ms": round(median(self.ms)),
            "worst_ms": round(max(self.ms)),
            "first_ms": round(self.ms[0]),
            "n": len(self.ms),
            "target_ms": self.target,
        }


@dataclass(frozen=True, slots=True)
class PagesMeasured:
    """Times by page and action, a crowd's, and memory."""

    sizes: Sizes
    times: dict[str, dict[str, Timed]]
    crowd: Crowd
    rss_mib: dict[str, int]
    """Portal and mapping after one window had seen everything, before the crowd."""
    peak_rss_mib: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """As `build/bench.json` has it."""
        return {
            "sizes": asdict(self.sizes),
            "times": {
                page: {what: one.to_json() for what, one in times.items()}
                for page, times in self.times.items()
            },
            "crowd": self.crowd.to_json(),
            "rss_mib": self.rss_mib,
            "peak_rss_mib": self.peak_rss_mib,
        }


def measure_pages(sizes: Sizes, directory: Path, on_invoices: OnInvoices) -> PagesMeasured:
    """On a stack of its own. Raises `NoBrowserError`, `TimeoutError`, playwright's errors."""
    with Stack(directory / "stack").running() as stack, chromium() as browser:
        return look(browser, stack, sizes, directory / "files", on_invoices)


def look(
    browser: Browser, stack: Stack, sizes: Sizes, folder: Path, on_invoices: OnInvoices
) -> PagesMeasured:
    """Seed a partner, look at its pages alone, then among many. Raises like `measure_pages`."""
    road = Road(stack, partner=PARTNER, people=CONTACTS)
    try:
        seeded = seed(road, sizes, folder, on_invoices)
        window = Window(browser, stack)
        window.sign_in()
        times = {
            "list": _list(window, seeded),
            "details": _details(window, seeded),
            "breakdown": _breakdown(window, seeded),
        }
        window.close()
        rss = _ours(gauges.rss_mib(stack.pids()))
        crowd = gather(browser, seeded, sizes.browsers)
        return PagesMeasured(sizes, times, crowd, rss, _ours(gauges.peak_rss_mib(stack.pids())))
    finally:
        road.close()


def _list(window: Window, seeded: Seeded) -> dict[str, Timed]:
    path = f"{seeded.home}/azure"
    invoices = every_invoice(seeded.road)
    ends = (invoices[-1], invoices[0])
    first = _opened(window, path, "Invoices")
    months = [_choosing("Month", _month(one["billing_month"])) for one in ends]
    by_month = _acted(window, months, "Invoices")
    window.open(path, "Invoices")
    numbers = [_finding("Find an invoice", one["invoice_no"]) for one in ends]
    return {
        "first_picture": first,
        "filter": _acted(window, numbers, "Invoices"),
        "month": by_month,
    }


def _details(window: Window, seeded: Seeded) -> dict[str, Timed]:
    path = f"{seeded.home}/azure/{seeded.many_tenants}"
    tenants = seeded.road.details(seeded.many_tenants)["tenants"]
    names = [_finding("Find a tenant", tenants[at]["tenant_name"]) for at in (0, -1)]
    return {
        "first_picture": _opened(window, path, "Tenants"),
        "sort": _acted(window, [_sorting("Tenants", "Tenant")], "Tenants"),
        "filter": _acted(window, names, "Tenants"),
    }


def _breakdown(window: Window, seeded: Seeded) -> dict[str, Timed]:
    path = f"{seeded.home}/azure/{seeded.many_lines}/tenants/{seeded.tenant_id}"
    loads = [(window.open(path, "Lines"), window.shown("Lines", "Groups")) for _ in range(OPENED)]
    first, whole = (Timed(FIRST_MS, times) for times in zip(*loads, strict=True))
    sorts = [_sorting("Lines", words) for words in ("Sell", "Quantity")]
    groups = [_choosing("Group by", words) for words in ("Meter", "Resource group")]
    by_sort, by_group = _acted(window, sorts, "Lines"), _acted(window, groups, "Groups")
    names = [_finding("Filter", group["key"]) for group in _groups(seeded)[:2]]
    return {
        "first_picture": first,
        "whole": whole,
        "filter": _acted(window, names, "Lines", "Groups"),
        "sort": by_sort,
        "group": by_group,
    }


def _groups(seeded: Seeded) -> list[Json]:
    """What the lines can be filtered by."""
    tenant = quote(seeded.tenant_id, safe="")
    path = f"{seeded.road.base}/invoices/{seeded.many_lines}/tenants/{tenant}/line-groups"
    found: list[Json] = seeded.road.portal.get(path, by="resource_group")["groups"]
    return found


def _opened(window: Window, path: str, *tables: str) -> Timed:
    return Timed(FIRST_MS, tuple(window.open(path, *tables) for _ in range(OPENED)))


def _acted(window: Window, acts: Sequence[Act], *tables: str) -> Timed:
    """The acts take turns, so that each changes what the one before it left."""
    turns = islice(cycle(acts), ACTED)
    return Timed(ACTION_MS, tuple(window.act(act, *tables) for act in turns))


def _finding(label: str, text: str) -> Act:
    return lambda page: page.get_by_label(label).fill(text)


def _choosing(label: str, option: str) -> Act:
    def choose(page: Page) -> None:
        page.get_by_label(label, exact=True).click()
        page.get_by_role("option", name=option, exact=True).click()

    return choose


def _sorting(table: str, column: str) -> Act:
    def sort(page: Page) -> None:
        shown = page.get_by_label(table, exact=True)
        shown.get_by_role("columnheader", name=column, exact=True).click()

    return sort


def _month(billing_month: str) -> str:
    return f"{date.fromisoformat(billing_month + '-01'):%b %Y}"


def _ours(by_name: dict[str, int]) -> dict[str, int]:
    return {name: by_name[name] for name in ("portal", "mapping")}
