"""A percentage changes after the sync: the PSA keeps its prices until the clerk says Re-price."""

from decimal import Decimal

from playwright.sync_api import Locator, Page, expect
from syncline_contracts.money import add
from syncline_sandbox.invoices import revise_distributor_invoice
from syncline_stack import expected
from syncline_stack.proof import Proof
from syncline_stack.road import PERCENTS, Road

from tests.e2e import walk
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.e2e.test_revisions import await_revision

ITEM = "AZ-CONS"
NEW = "17.5"


def test_what_is_synced_keeps_its_prices_until_it_is_repriced_and_then_is_updated(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=4)
    invoice, key = walk.ready(road)
    walk.sync(road, key)
    records, writes = _records(road, key), _writes(road)
    page = clerk.page
    clerk.go(f"/p/{road.partner}/profiles")
    clerk.sign_in(road.stack.keepsake.token)
    clerk.press("Show Products")
    page.get_by_label(f"Percentage Off RRP of {ITEM}").fill(NEW)
    expect(page.get_by_text("On the last invoice,")).to_contain_text(invoice.invoice_number)
    clerk.press("Save")
    kept = _section(page, "Synced, kept at older prices")
    expect(kept).to_contain_text(invoice.invoice_number)
    expect(kept).to_contain_text(f"sell {add(records.values()):,.2f} →")

    clerk.press("Re-price")
    page.get_by_label("Reason").fill("The contract was renewed.")
    clerk.press("Re-price now")
    again = _section(page, "Priced again")
    again.get_by_role("link").filter(has_text=invoice.invoice_number).click()
    expect(page.get_by_text("Ready to Sync (changed)").first).to_be_visible()
    clerk.press("Sync Now")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Update", exact=True).first).to_be_visible()
    assert (_records(road, key), _writes(road)) == (records, writes)  # nothing before Confirm
    clerk.press("Confirm")
    clerk.sees("Synced.")
    assert _records(road, key).keys() == records.keys()

    proof = Proof()
    dearer = expected.of_feed(invoice, {**PERCENTS, ITEM: NEW})
    proof.document(dearer, road.details(key), road.psa)
    proof.all_stand(road.psa)
    total = add(one.amount for one in road.psa.standing())
    assert total == add(_records(road, key).values()) > add(records.values())


def test_a_revision_says_how_much_of_it_are_prices_that_changed_since_the_sync(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=4)
    invoice, key = walk.ready(road)
    walk.sync(road, key)
    written = _writes(road)
    _sell_at(road, NEW)
    revised = revise_distributor_invoice(invoice, road.seed)
    road.publish(revised)
    tenants = await_revision(road, key, revised)["tenants"]
    news = {row["tenant_id"]: row["newer_prices"] for row in tenants if row["newer_prices"]}
    assert news
    before = expected.of_feed(revised, PERCENTS).tenants
    dearer = expected.of_feed(revised, {**PERCENTS, ITEM: NEW}).tenants
    for tenant_id, told in news.items():
        assert Decimal(told["sell_before"]) == before[tenant_id].sell
        assert Decimal(told["sell"]) == dearer[tenant_id].sell
        assert f"{ITEM}: Percentage Off RRP {PERCENTS[ITEM]} %, now {NEW} %." in told["message"]

    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Sync Now")
    alert = clerk.page.get_by_role("dialog").get_by_role("alert")
    more = sum(Decimal(told["sell"]) - Decimal(told["sell_before"]) for told in news.values())
    expect(alert).to_contain_text(f"that the PSA has at older ones: {more:+,.2f} in all.")
    assert _writes(road) == written
    clerk.press("Confirm")
    clerk.sees("Synced.")
    assert not any(row["newer_prices"] for row in road.details(key)["tenants"])


def _sell_at(road: Road, percent: str) -> None:
    (profile,) = road.portal.get(f"{road.base}/profiles")["profiles"]
    settings = profile["settings"]
    for entry in settings["entries"]:
        if entry["vendor_item"] == ITEM:
            entry["percent_off_rrp"] = percent
    path = f"{road.base}/profiles/{profile['profile_id']}"
    road.portal.put(path, {**settings, "is_default": True}, version=profile["version"])


def _section(page: Page, name: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=name, exact=True))


def _writes(road: Road) -> int:
    return int(road.psa.stats()["write_requests"])


def _records(road: Road, key: str) -> dict[str, Decimal]:
    """What the PSA has, by its own id."""
    return {
        record["ref"]: Decimal(record["amount"])
        for row in road.details(key)["tenants"]
        for record in row["records"]
    }
