"""What a supplier writes stays text: on every page, in every export, whatever it looks like."""

import re

import pytest
from playwright.sync_api import Browser, expect
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.unit.ingest.samples import recon

SCRIPT = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
TEMPLATE = "{{ constructor.constructor('document.title = 1')() }}"
BACKWARDS = "\u202elatot \u2066\u2067abc"
LONG = "W" * 10_000
NAMES = (SCRIPT, TEMPLATE, BACKWARDS, '=HYPERLINK("http://evil.example")', LONG, "../../etc")


BARE = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _hostile_psa(road: Road, key: str) -> None:
    """Contacts and a profile of these names; one tenant of them is mapped, the others are open."""
    for name in NAMES:
        if len(name) < 255:
            place = f"/_sandbox/xero/{road.psa.owner}/contacts"
            road.sandbox.post(place, {"name": name, "account_number": name[:50]})
    entry = {"vendor_item": "AZURE-CONSUMPTION", "product_id": "AZ-CONS", "product_name": SCRIPT}
    body = {"name": BACKWARDS + TEMPLATE, "entries": [entry], "is_default": False}
    road.portal.put(f"{road.base}/profiles/hostile", body)
    tenants = road.details(key)["tenants"]
    mapped = next(one for one in tenants if one["tenant_name"] == SCRIPT)
    road.map_tenant(mapped["tenant_id"], {"id": "gone", "name": SCRIPT})
    road.await_mapped(key, [one for one in tenants if one is not mapped])


def _harmless(clerk: Clerk, path: str) -> None:
    page, dialog = clerk.page, clerk.page.locator(".dialog")
    expect(page).not_to_have_title("pwned")
    assert page.locator("img[src=x]").count() == 0
    wide = "one => one.scrollWidth - one.clientWidth"
    assert page.locator("html").evaluate(wide) <= 0, path
    for one in dialog.all():
        assert one.evaluate(wide) <= 0, path
        heading = one.get_by_role("heading", level=2).first.text_content() or ""
        assert not BARE.search(heading), path  # the rest of the sentence goes its own way


def _dialogs(clerk: Clerk, road: Road, key: str) -> None:
    """What is opened over a page: profiles, Edit Mappings of each, Proposals, Sync Now."""
    _hostile_psa(road, key)
    page = clerk.page
    clerk.go(f"/p/{road.partner}/profiles")
    page.get_by_role("button", name="Show Products").first.click()
    clerk.sees(SCRIPT)
    _harmless(clerk, "profiles")
    clerk.go(f"/p/{road.partner}/azure/{key}")
    buttons = page.get_by_role("button", name="Edit Mappings")
    expect(buttons).to_have_count(len(NAMES))
    for number in range(len(NAMES)):
        buttons.nth(number).click()
        expect(page.get_by_label("Search Contact")).to_be_visible()
        _harmless(clerk, f"Edit Mappings {number}")
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    clerk.press("Proposals")
    expect(page.get_by_label("Proposals", exact=True).last).to_contain_text("Same name")
    _harmless(clerk, "Proposals")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    clerk.press("Sync Now")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    _harmless(clerk, "Sync Now")


@pytest.mark.parametrize("width", [1280, 390])
def test_what_a_supplier_writes_is_shown_and_does_nothing(
    browser: Browser, stack: Stack, roads: RoadMaker, width: int
) -> None:
    road = roads(people=2)
    road.set_up()
    rows = [
        {
            "CustomerId": f"{number:08d}-1111-4111-8111-111111111111",
            "CustomerName": name,
            "ProductName": name,
            "SubscriptionDescription": name,
        }
        for number, name in enumerate(NAMES)
    ]
    told = road.portal.call(
        "POST",
        f"{road.base}/documents",
        params={"name": "<b>recon</b>.csv"},
        content=recon(*rows),
    )
    assert told["outcome"] == "accepted", told
    number = told["document"]["invoice_no"]
    key = road.await_priced(number)["invoice_key"]
    clerk = Clerk(browser, stack, width)
    clerk.go(f"/p/{road.partner}/queue")
    clerk.sign_in(road.stack.keepsake.token)
    tenant = road.details(key)["tenants"][0]["tenant_id"]
    pages = {
        "queue": "Work queue",
        "azure": "Azure",
        "sources": "Sources",
        "events": "Events",
        "audit": "Audit",
        f"azure/{key}": "Invoice Details",
        f"azure/{key}/tenants/{tenant}": "Show Breakdown",
    }
    for path, heading in pages.items():
        clerk.go(f"/p/{road.partner}/{path}")
        expect(clerk.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(clerk.page).to_have_title(f"{heading} - Syncline")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert clerk.page.evaluate(wide) <= 0, path  # nothing pushes the page wider
        assert clerk.page.locator("img[src=x]").count() == 0
    _dialogs(clerk, road, key)
    clerk.context.close()
    assert clerk.troubles == []
