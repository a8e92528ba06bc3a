"""On a phone, 390 pixels wide: a tenant is mapped and synced, and a file is dropped."""

from playwright.sync_api import Browser, Page, expect
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.unit.ingest.samples import recon

DROPPED = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "text/csv" }));
  return data;
}"""


def fits(page: Page) -> None:
    """Neither the page nor its dialog is wider than the window, nor is anything in it cut off."""
    for place in ("html", ".dialog"):
        one = page.locator(place)
        assert one.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, place
    edge = "one => { const box = one.getBoundingClientRect(); return [box.left, box.right]; }"
    left, right = page.locator(".dialog").evaluate(edge)
    assert 0 <= left < right <= 390


def test_a_tenant_is_mapped_and_synced_on_a_phone(
    browser: Browser, stack: Stack, roads: RoadMaker
) -> None:
    road = roads(people=1, connector="connectwise")
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    rows = road.details(key)["tenants"]
    row, client = next(
        (one, found) for one in rows if (found := road.find_client(one["tenant_name"])) is not None
    )
    clerk = Clerk(browser, stack, width=390)
    page = clerk.page
    clerk.signed_in(road, f"azure/{key}")
    line = page.get_by_role("row").filter(has=page.get_by_text(row["tenant_name"], exact=True))
    line.get_by_role("button", name="Edit Mappings").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Search Company").fill(client["name"])
    dialog.get_by_role("button", name=client["name"]).first.click()
    clerk.press("Save Company")
    saved = page.get_by_text("Saved. It stays for the next month.")
    expect(saved).to_be_visible()
    expect(saved).to_have_count(0)
    fits(page)
    for field in dialog.get_by_role("combobox", name="Agreement for").all():
        field.click()
        page.get_by_role("option").first.click()
    clerk.press("Save")
    expect(saved).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    road.await_mapped(key, [one for one in rows if one is not row])
    clerk.press("Sync Now")
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    fits(page)
    clerk.press("Confirm")
    clerk.sees("Synced.")
    fits(page)
    clerk.context.close()
    assert road.psa.standing()
    assert clerk.troubles == []


def test_a_file_is_dropped_on_the_page(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=1)
    road.set_up()
    page = clerk.page
    clerk.signed_in(road, "azure")
    zone = page.locator(".q-uploader")
    file = page.evaluate_handle(DROPPED, ["dropped.csv", recon({}).decode()])
    zone.dispatch_event("dragover", {"dataTransfer": file})
    page.locator(".q-uploader__dnd").dispatch_event("drop", {"dataTransfer": file})
    clerk.sees("dropped.csv was taken in: invoice G001234567.")
    expect(page.get_by_role("row", name="G001234567")).to_be_visible()
