"""Many signed-in browsers on one portal: a session, a page and a live connection each."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from syncline_stack.bench import gauges
from syncline_stack.bench.seeded import Seeded
from syncline_stack.bench.window import PATIENCE_MS, Window

IDLE_S = 3.0
AWAIT = """([number, patience]) => { window.seenAt = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error(`invoice ${number} was never seen as Synced`)), patience);
  const look = () => {
    const rows = [...document.querySelectorAll('[aria-label="Invoices"] tbody tr')];
    const row = rows.find(one => one.innerText.includes(number));
    if (row && row.innerText.includes('Synced')) { watch.disconnect(); resolve(Date.now()) }
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, {subtree: true, childList: true, characterData: true});
}); return true }"""
REASON = "Already billed elsewhere"


@dataclass(frozen=True, slots=True)
class Crowd:
    """What so many cost, and what they see."""

    browsers: int
    opened_ms: tuple[float, ...]
    """Each one's first picture, while those before it look on."""
    seen_ms: tuple[float, ...]
    """Each one: from a colleague's edit until its own list shows what became of it."""
    seen_cpu_s: float
    """CPU seconds of the portal until all of them had seen it; the browsers use the rest."""
    rss_mib: int
    """Of the portal, while all of them are there."""
    rss_each_mib: float
    idle_cpu_per_s: float
    """CPU seconds of the portal a second, while all of them look and nothing happens."""

    def to_json(self) -> dict[str, Any]:
        """As `build/bench.json` has it."""
        return {
            "browsers": self.browsers,
            "opened_ms": spread(self.opened_ms),
            "seen_ms": spread(self.seen_ms),
            "seen_cpu_s": round(self.seen_cpu_s, 2),
            "rss_mib": self.rss_mib,
            "rss_each_mib": round(self.rss_each_mib, 2),
            "idle_cpu_per_s": round(self.idle_cpu_per_s, 3),
        }


def spread(ms: tuple[float, ...]) -> dict[str, int]:
    """The middle and the end of some times."""
    return {"median": round(median(ms)), "worst": round(max(ms))}


def gather(browser: Browser, seeded: Seeded, browsers: int) -> Crowd:
    """Real browsers, every one with a sign-in, cookies and cache of its own."""
    stack, path = seeded.road.stack, f"{seeded.home}/azure"
    before = gauges.rss_mib(stack.pids())["portal"]
    windows, opened = [], []
    for _ in range(browsers):
        window = Window(browser, stack)
        window.sign_in()
        windows.append(window)
        opened.append(window.open(path, "Invoices"))
    after = gauges.rss_mib(stack.pids())["portal"]
    idle = _idle(seeded)
    began = _portal_cpu(seeded)
    seen = _seen(seeded, windows)
    used = _portal_cpu(seeded) - began
    for window in windows:
        window.close()
    return Crowd(
        browsers=browsers,
        opened_ms=tuple(opened),
        seen_ms=seen,
        seen_cpu_s=used,
        rss_mib=after,
        rss_each_mib=(after - before) / browsers,
        idle_cpu_per_s=idle,
    )


def _idle(seeded: Seeded) -> float:
    began = _portal_cpu(seeded)
    time.sleep(IDLE_S)
    return (_portal_cpu(seeded) - began) / IDLE_S


def _portal_cpu(seeded: Seeded) -> float:
    return gauges.cpu_seconds(seeded.road.stack.pids())["portal"]


def _seen(seeded: Seeded, windows: list[Window]) -> tuple[float, ...]:
    road, key = seeded.road, seeded.newest
    details: Any = road.details(key)
    tenant = details["tenants"][0]["tenant_id"]
    for window in windows:
        window.page.evaluate(AWAIT, [details["invoice"]["invoice_no"], PATIENCE_MS])
    path = f"{road.base}/invoices/{key}/tenants/{tenant}/ignore"
    began = time.time()
    road.portal.put(path, {"reason": REASON}, version=details["tenants"][0]["version"])
    return tuple(
        float(window.page.evaluate("() => window.seenAt")) - began * 1000 for window in windows
    )
