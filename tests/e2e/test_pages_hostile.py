"""What a supplier writes stays text: on every page, in every export, whatever it looks like."""

import pytest
from playwright.sync_api import Browser, expect
from syncline_stack.stack import Stack

from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.unit.ingest.samples import recon

SCRIPT = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
TEMPLATE = "{{ constructor.constructor('document.title = 1')() }}"
BACKWARDS = "\u202elatot \u2066\u2067abc"
LONG = "W" * 10_000
NAMES = (SCRIPT, TEMPLATE, BACKWARDS, '=HYPERLINK("http://evil.example")', LONG, "../../etc")


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
    clerk.context.close()
    assert clerk.troubles == []
