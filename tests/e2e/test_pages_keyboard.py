"""The clerk's five steps by keyboard alone: Tab, letters and Enter, from sign-in to Synced."""

from playwright.sync_api import Locator, expect
from syncline_stack.road import Road

from tests.e2e import walk
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker

MOST_TABS = 120


def tab_to(clerk: Clerk, wanted: Locator) -> None:
    """Go on with Tab until it has the focus, and its focus is seen."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("one => one.matches(':focus')"):
            assert wanted.evaluate("one => one.matches(':focus-visible')")
            return
        clerk.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def enter(clerk: Clerk, role: str, name: str, within: Locator | None = None) -> None:
    """Tab to it, and press Enter."""
    scope = within or clerk.page
    wanted = scope.get_by_role(role, name=name, exact=True).last  # type: ignore[arg-type]
    tab_to(clerk, wanted)
    clerk.page.keyboard.press("Enter")


def type_into(clerk: Clerk, field: Locator, text: str) -> None:
    tab_to(clerk, field)
    clerk.page.keyboard.press("Control+A")
    clerk.page.keyboard.type(text)


def test_the_five_steps_by_keyboard_alone(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=2)
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    page = clerk.page
    clerk.go(f"/p/{road.partner}/azure")
    type_into(clerk, page.get_by_label("Access token"), road.stack.keepsake.token)
    page.keyboard.press("Enter")

    enter(clerk, "link", "Azure Billing Profiles")  # 3. the price of a product
    enter(clerk, "button", "Show Products")
    percent = page.get_by_label("Percentage Off RRP of AZ-CONS")
    type_into(clerk, percent, "12.5")
    clerk.sees("Sells 12.5 % above RRP: 100.00 RRP sells at 112.50.")
    enter(clerk, "button", "Save")
    expect(page.get_by_text("Saved. Invoices that are not synced yet")).to_be_visible()

    enter(clerk, "link", "Azure")  # 1. the list, 2. the details
    enter(clerk, "link", "View Details")
    clerk.sees("Client Mapped Status")
    _map(clerk, road, key)  # 4. whose it is

    enter(clerk, "button", "Sync Now")  # 5. into the PSA
    enter(clerk, "button", "Confirm", page.get_by_role("dialog"))
    clerk.sees("Synced.")
    enter(clerk, "button", "Close", page.get_by_role("dialog"))
    assert road.psa.standing()


def _map(clerk: Clerk, road: Road, key: str) -> None:
    page = clerk.page
    rows = road.details(key)["tenants"]
    names = [one["tenant_name"] for one in rows]
    name = next(one for one in names if road.find_client(one) and sum(one in n for n in names) == 1)
    client = road.find_client(name)
    assert client is not None
    cells = page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))
    tab_to(clerk, cells.get_by_role("button", name="Edit Mappings"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    type_into(clerk, dialog.get_by_label("Search Contact"), client["name"])
    tab_to(clerk, dialog.get_by_role("button", name=client["name"]).first)
    page.keyboard.press("Enter")
    expect(dialog.get_by_text(f"Chosen: {client['name']}")).to_be_visible()
    enter(clerk, "button", "Save Contact", dialog)
    expect(page.get_by_text("Saved. It stays for the next month.")).to_be_visible()
    enter(clerk, "button", "Close", dialog)
    expect(dialog).to_have_count(0)
    others = [one for one in rows if one["tenant_name"] != name]
    road.await_mapped(key, others)
