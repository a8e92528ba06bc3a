"""When something goes wrong, the pages say it in words, lose nothing, and go on by themselves."""

from decimal import Decimal

from playwright.sync_api import Browser, expect
from syncline_contracts.money import add
from syncline_stack.api import until
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.e2e.test_faults import fault


def test_what_the_psa_refuses_is_said_and_only_the_failed_is_tried_again(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=3)
    invoice, key = walk.ready(road)
    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Sync Now")
    expect(clerk.page.get_by_role("button", name="Confirm")).to_be_visible()
    fault(road, "error_in_200", method="PUT", message="Account code is archived")
    clerk.press("Confirm")
    expect(clerk.page.get_by_text("Account code is archived").first).to_be_visible()
    expect(clerk.page.get_by_role("button", name="Retry failed only")).to_be_visible()
    clerk.page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    clerk.press("Retry failed")  # also long after the dialog was closed
    clerk.press("Confirm")
    clerk.sees("Synced.")
    walk.prove(road, {key: invoice})


def test_a_psa_that_is_down_is_said_and_nothing_is_written(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=3)
    invoice, key = walk.ready(road)
    fault(road, "503", times=500)
    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Sync Now")
    told = clerk.page.get_by_role("alert")
    expect(told).to_contain_text("Xero does not answer; it is tried again.")
    expect(clerk.page.get_by_role("button", name="Confirm")).to_have_count(0)
    road.sandbox.call("DELETE", "/_sandbox/faults")
    assert road.psa.standing() == []
    clerk.sees("Create")  # it goes on by itself as soon as the PSA is back
    clerk.press("Confirm")
    clerk.sees("Synced.")
    walk.prove(road, {key: invoice})


def test_a_limit_that_is_reached_is_said_with_the_time_it_ends(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=3)
    invoice, key = walk.ready(road)
    fault(road, "429", retry_after_s=6)
    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Sync Now")
    expect(clerk.page.get_by_role("alert")).to_contain_text("Xero's limit is reached: it goes on")
    clerk.press("Confirm")
    clerk.sees("Synced.")
    walk.prove(road, {key: invoice})


def test_a_plan_that_is_no_longer_true_is_not_written(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=3)
    _, key = walk.ready(road)
    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Sync Now")
    confirm = clerk.page.get_by_role("button", name="Confirm")
    expect(confirm).to_be_visible()
    before = {row["tenant_id"]: row["sell"] for row in road.details(key)["tenants"]}
    profile = road.portal.get(f"{road.base}/profiles")["profiles"][0]
    entries = [{**one, "percent_off_rrp": "33"} for one in profile["settings"]["entries"]]
    road.portal.put(
        f"{road.base}/profiles/standard",
        {"name": "Standard", "entries": entries, "is_default": True},
        version=profile["version"],
    )
    until(
        lambda: all(row["sell"] != before[row["tenant_id"]] for row in _mapped(road, key)),
        "the new prices",
    )
    confirm.click()
    dialog = clerk.page.get_by_role("dialog")
    told = dialog.get_by_role("alert")
    expect(told).to_contain_text("What was confirmed is no longer true, so that it is not written.")
    for row in _mapped(road, key):
        expect(told).to_contain_text(f"{row['tenant_name']}: Its charges changed since the plan")
    expect(dialog.get_by_text("Synced.")).to_have_count(0)
    assert road.psa.standing() == []
    clerk.press("Plan again")
    clerk.press("Confirm")
    clerk.sees("Synced.")
    billed = add(Decimal(row["sell"]) for row in _mapped(road, key))
    assert add(one.amount for one in road.psa.standing()) == billed


def _moving(road: Road, key: str) -> bool:
    return any(row["state"] in ("approved", "syncing") for row in road.details(key)["tenants"])


def _mapped(road: Road, key: str) -> list[dict[str, str]]:
    return [row for row in road.details(key)["tenants"] if row["client_mapped"]]


def test_of_two_who_edit_the_same_mapping_the_second_is_told(
    browser: Browser, clerk: Clerk, roads: RoadMaker, stack: Stack
) -> None:
    road = roads(people=6)
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    name = road.details(key)["tenants"][0]["tenant_name"]
    other = Clerk(browser, stack)
    clients = road.search(road.psa.clients)[:2]
    for one, client in zip((clerk, other), clients, strict=True):
        one.signed_in(road, f"azure/{key}")
        row = one.page.get_by_role("row").filter(has=one.page.get_by_text(name, exact=True))
        row.get_by_role("button", name="Edit Mappings").click()
        one.page.get_by_label("Search Contact").fill(client["name"])
        choices = one.page.locator(".choices")
        choices.get_by_role("button", name=client["name"]).first.click()
    clerk.press("Save Contact")
    clerk.sees("Saved. It stays for the next month.")
    other.press("Save Contact")
    expect(other.page.get_by_role("alert").first).to_contain_text("is there already")
    (mapping,) = road.portal.get(f"{road.base}/mappings")["mappings"]
    assert mapping["client_id"] == clients[0]["id"]
    other.context.close()


def test_a_session_that_ends_is_told_and_the_way_leads_back(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=2)
    road.set_up()
    made = road.portal.post(f"{road.base}/tokens", {"name": "kim", "role": "billing"})
    clerk.go(f"/p/{road.partner}/azure")
    clerk.sign_in(made["token"])
    clerk.sees("No invoice has been detected yet")
    road.portal.call("DELETE", f"{road.base}/tokens/{made['view']['token_id']}")
    road.watch_the_feed()
    walk.priced(road)  # an event asks the page to look again, as nobody any more
    clerk.sees("Sign in again")
    clerk.page.get_by_role("link", name="Sign in", exact=True).click()
    clerk.sign_in(road.stack.keepsake.token)
    expect(clerk.page).to_have_url(f"{road.stack.portal_url}/p/{road.partner}/azure")
    expect(clerk.page.get_by_role("link", name="View Details")).to_be_visible()


def test_a_page_without_its_line_to_the_portal_catches_up(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=2)
    road.set_up()
    road.watch_the_feed()
    clerk.signed_in(road, "azure")
    clerk.sees("No invoice has been detected yet")
    clerk.context.set_offline(True)
    walk.priced(road)
    clerk.context.set_offline(False)
    expect(clerk.page.get_by_role("link", name="View Details")).to_be_visible()


def test_a_portal_started_again_in_the_middle_of_a_sync_shows_its_end(
    clerk: Clerk, roads: RoadMaker, stack: Stack
) -> None:
    road = roads(people=3)
    invoice, key = walk.ready(road)
    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Sync Now")
    fault(road, "slow", method="PUT", delay_s=1.5)
    clerk.press("Confirm")
    until(lambda: _moving(road, key), "the confirmed tenants")
    stack.processes["portal"].kill()
    stack.await_ready()
    details = road.await_rest(key)
    clerk.troubles.clear()  # the line that broke
    expect(clerk.page.locator("#status")).to_contain_text("ynced")
    assert set(walk.by_state(details)) <= {"verified", "held"}
    walk.prove(road, {key: invoice})
