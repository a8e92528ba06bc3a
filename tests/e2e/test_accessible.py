"""No page has a serious accessibility fault, in light and in dark, wide and narrow (axe-core)."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker

PAGE = {"include": ["html"]}
DIALOG = {"include": [".q-dialog"]}
SERIOUS = ("serious", "critical")
PAGES = {
    "queue": "Work queue",
    "azure": "Azure",
    "profiles": "Azure Billing Profiles",
    "connections": "Connections",
    "sources": "Sources",
    "events": "Events",
    "audit": "Audit",
    "settings": "Settings",
    "dead-letters": "Dead letters",
}


def faults(page: Page, within: dict[str, list[str]] = PAGE) -> list[str]:
    """Serious ones, each with the elements that have it."""
    found: list[dict[str, Any]] = Axe().run(page, within).response["violations"]
    return [
        f"{page.url.rsplit('/', 1)[-1]}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_page_has_a_serious_fault(
    browser: Browser,
    stack: Stack,
    roads: RoadMaker,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    road = roads(people=3)
    _, key = walk.ready(road)
    clerk = Clerk(browser, stack, width)
    clerk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    clerk.go("/")
    found = faults(clerk.page)
    clerk.sign_in(road.stack.keepsake.token)
    for path, heading in PAGES.items():
        clerk.go(f"/p/{road.partner}/{path}")
        expect(clerk.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        found += faults(clerk.page)
    found += _of_an_invoice(clerk, road, key)
    clerk.context.close()
    assert not found, "\n".join(found)


def _of_an_invoice(clerk: Clerk, road: Road, key: str) -> list[str]:
    page = clerk.page
    clerk.go(f"/p/{road.partner}/azure/{key}")
    page.get_by_role("button", name="Charges of").first.click()
    expect(page.get_by_role("link", name="Show Breakdown", exact=True)).to_be_visible()
    found = faults(page)
    if len(_tops_of_figures(page)) > 1 and page.viewport_size == {"width": 1280, "height": 900}:
        found.append("the figures of an invoice stand in more than one row")
    dialogs = {
        "Edit Mappings": page.get_by_label("Search Contact"),
        "Proposals": page.get_by_role("dialog").get_by_role("status"),
        "Ignore": page.get_by_label("Reason"),
        "Sync Now": page.get_by_role("button", name="Confirm"),
    }
    for name, shown in dialogs.items():
        found += _of_a_dialog(page, name, shown)
    clerk.go(f"/p/{road.partner}/profiles")
    found += _of_a_dialog(page, "Add Product Mapping", page.get_by_label("Product Name"))
    found += _of_a_dialog(page, "History", page.get_by_role("link", name="Every decision"))
    clerk.go(f"/p/{road.partner}/settings")
    found += _of_a_dialog(page, "New partner", page.get_by_label("Currency *"))
    clerk.go(f"/p/{road.partner}/azure/{key}/tenants/{_tenant(road, key)}")
    expect(page.get_by_role("status")).to_contain_text("Lines 1 to")
    return found + faults(page)


def _tops_of_figures(page: Page) -> set[float]:
    tops = "all => all.map(one => one.getBoundingClientRect().top)"
    return set(page.locator(".figure").evaluate_all(tops))


def _of_a_dialog(page: Page, name: str, shown: Locator) -> list[str]:
    """Its faults; it fits the window, and is closed again."""
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name=name, exact=True).first.click()
    expect(shown).to_be_visible()
    found = [f"in {name}: {one}" for one in faults(page, DIALOG)]
    wide = page.locator(".dialog").evaluate("one => one.scrollWidth - one.clientWidth")
    found += [f"{name} is {wide} px too wide"] if wide > 0 else []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return found


def _tenant(road: Road, key: str) -> str:
    return str(road.details(key)["tenants"][0]["tenant_id"])
