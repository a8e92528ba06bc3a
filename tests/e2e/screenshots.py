"""`make screenshots`: every page of the portal with lifelike data, into docs/pictures."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect
from syncline_sandbox.invoices import generate_distributor_invoice
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.browser import Clerk, chromium
from tests.e2e.test_pages_around import lay_down

PICTURES = Path("docs/pictures")
HEIGHT = "document.documentElement.scrollHeight"
MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10")


def main() -> None:
    """Walk a partner through half a year and take the pictures on the way."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        Stack(Path(directory)).running() as stack,
        chromium() as browser,
    ):
        road = Road(stack, partner="acme-it", people=14)
        keys = _half_a_year(road)
        clerk = Clerk(browser, stack)
        clerk.go("/")
        clerk.picture(PICTURES / "sign-in.png")
        clerk.sign_in(stack.keepsake.token)
        lay_down(stack, road, "one")
        _pages(clerk, road, keys[-1])
        _around(clerk, road)
        _small(Clerk(browser, stack, width=390), road)
        _connectwise(clerk, Road(stack, partner="bright-it", people=5, connector="connectwise"))
        road.close()


def _whole(clerk: Clerk, path: Path) -> None:
    """The page in a window as high as it is: what is fixed goes down to its foot."""
    page = clerk.page
    height, before = page.evaluate(HEIGHT), 0
    while height != before:  # what was opened just now unfolds
        page.wait_for_timeout(500)
        height, before = page.evaluate(HEIGHT), height
    page.set_viewport_size({"width": 1280, "height": max(900, height)})
    page.screenshot(path=path)
    page.set_viewport_size({"width": 1280, "height": 900})


def _half_a_year(road: Road) -> list[str]:
    road.set_up()
    road.watch_the_feed()
    keys = []
    for number, month in enumerate(MONTHS):
        invoice = generate_distributor_invoice(
            road.seed, road.people, month, lines_per_tenant=20 + number
        )
        road.publish(invoice)
        key = str(road.await_priced(invoice.invoice_number)["invoice_key"])
        road.await_mapped(key, road.map_tenants(key, {}))
        if month != MONTHS[-1]:
            walk.sync(road, key)
        keys.append(key)
    return keys


def _pages(clerk: Clerk, road: Road, key: str) -> None:
    page, home = clerk.page, f"/p/{road.partner}"
    clerk.sees("Work queue")
    expect(page.get_by_role("table")).to_be_visible()
    _whole(clerk, PICTURES / "work-queue.png")
    clerk.go(f"{home}/azure")
    expect(page.get_by_role("link", name="View Details").first).to_be_visible()
    page.wait_for_function("document.querySelector('canvas') !== null")
    _whole(clerk, PICTURES / "azure.png")
    clerk.go(f"{home}/azure/{key}")
    clerk.press("Sync Now")
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    page.screenshot(path=PICTURES / "sync-now.png")
    clerk.press("Confirm")
    clerk.sees("Synced.")
    page.screenshot(path=PICTURES / "synced.png")
    page.get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Charges of").first.click()
    expect(page.get_by_role("link", name="Show Breakdown", exact=True)).to_be_visible()
    _whole(clerk, PICTURES / "invoice-details.png")
    page.get_by_role("link", name="Show Breakdown", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Lines 1 to")
    page.wait_for_function("document.querySelector('canvas') !== null")
    _whole(clerk, PICTURES / "breakdown.png")
    clerk.go(f"{home}/azure/{key}")
    page.get_by_role("button", name="Edit Mappings").first.click()
    page.get_by_label("Search Contact").fill("O'Brien")
    expect(page.locator(".choices").get_by_text("O'Brien").first).to_be_visible()
    page.screenshot(path=PICTURES / "edit-mappings.png")


def _around(clerk: Clerk, road: Road) -> None:
    page, home = clerk.page, f"/p/{road.partner}"
    clerk.go(f"{home}/profiles")
    clerk.press("Show Products")
    expect(page.get_by_label("Percentage Off RRP of AZ-CONS")).to_be_visible()
    _whole(clerk, PICTURES / "profiles.png")
    clerk.go(f"{home}/connections")
    clerk.sees("Working")
    _whole(clerk, PICTURES / "connections.png")
    clerk.go(f"{home}/sources")
    expect(page.get_by_label("Documents", exact=True)).to_contain_text("Taken in")
    _whole(clerk, PICTURES / "sources.png")
    clerk.go(f"{home}/audit")
    expect(page.get_by_label("Audit", exact=True)).to_contain_text("operator")
    page.screenshot(path=PICTURES / "audit.png")
    clerk.go(f"{home}/events")
    page.get_by_label("From").fill("2026-01-01")
    expect(page.get_by_role("button", name="JSON").first).to_be_visible()
    page.screenshot(path=PICTURES / "events.png")
    clerk.go(f"{home}/settings")
    expect(page.get_by_role("button", name="Give access")).to_be_visible()
    _whole(clerk, PICTURES / "settings.png")
    clerk.go(f"{home}/dead-letters")
    expect(page.get_by_role("button", name="Read", exact=True)).to_be_visible()
    _whole(clerk, PICTURES / "dead-letters.png")


def _connectwise(clerk: Clerk, road: Road) -> None:
    """Another partner, whose PSA bills by agreements."""
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    page, home = clerk.page, f"/p/{road.partner}/azure/{key}"
    clerk.go(home)
    clerk.press("Proposals")
    expect(page.get_by_role("dialog").get_by_text("unmapped tenants")).to_be_visible()
    page.screenshot(path=PICTURES / "proposals.png")
    road.await_mapped(key, road.map_tenants(key, {}))
    clerk.go(home)
    ready = page.get_by_role("row").filter(has_text="Ready to Sync").first
    ready.get_by_role("button", name="Edit Mappings").click()
    expect(page.get_by_label("Agreement for").first).to_be_visible()
    page.screenshot(path=PICTURES / "edit-mappings-connectwise.png")
    road.close()


def _small(clerk: Clerk, road: Road) -> None:
    clerk.go(f"/p/{road.partner}/azure")
    clerk.sign_in(road.stack.keepsake.token)
    expect(clerk.page.get_by_role("link", name="View Details").first).to_be_visible()
    clerk.page.screenshot(path=PICTURES / "azure-small.png")


if __name__ == "__main__":
    main()
