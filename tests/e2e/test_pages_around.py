"""The pages around the month: what happened, who decided, what failed, where invoices come from."""

import json

from playwright.sync_api import Page, expect
from syncline_portal.pages.new_partner import WRONG
from syncline_stack.api import until
from syncline_stack.psa import Json
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e import walk
from tests.e2e.administrator import publish_raw
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.e2e.test_accessible import DIALOG, faults
from tests.e2e.test_faults import dead_letters
from tests.e2e.test_pages_narrow import fits


def lay_down(stack: Stack, road: Road, version: str) -> Json:
    """A message that pricing cannot handle, as a dead letter."""
    publish_raw(
        stack,
        subject=f"syncline.evt.partner.changed.v1.{road.partner}._",
        type_name="partner.changed.v1",
        body=b'{"partner_id": "%s", "version": "%s"}' % (road.partner.encode(), version.encode()),
    )
    return until(lambda: dead_letters(road), "the dead letter")[0]


def decisions(road: Road, what: str) -> list[Json]:
    found: list[Json] = road.portal.get(f"{road.base}/audit", what=what)["entries"]
    return found


def test_a_dead_letter_is_corrected_and_replayed_another_discarded_and_the_audit_has_both(
    clerk: Clerk, stack: Stack, roads: RoadMaker
) -> None:
    road = roads(people=1)
    road.set_up()
    (partner,) = [
        one
        for one in road.portal.get("/v1/partners")["partners"]
        if one["partner_id"] == road.partner
    ]
    first = lay_down(stack, road, "one")
    page = clerk.page
    clerk.signed_in(road, "dead-letters")
    _read(page, road)
    message = page.get_by_label("Message")
    expect(message).to_have_value(json.dumps(json.loads(_body(road, first)), indent=2))
    assert not faults(page, DIALOG)
    clerk.press("Replay")
    expect(page.get_by_text("It stays a dead letter").first).to_be_visible()
    page.locator(".q-notification").get_by_role("button", name="Close").click()
    good = {
        "partner_id": road.partner,
        "version": partner["version"],
        "actor": "ann",
        "settings": partner["settings"],
    }
    message.fill(json.dumps(good))
    page.get_by_label("Reason").fill("The version was no number.")
    clerk.press("Replay")
    clerk.sees("Handled. It is no dead letter any more.")
    assert dead_letters(road) == []

    lay_down(stack, road, "two")
    clerk.go(f"/p/{road.partner}/dead-letters")
    _read(page, road)
    clerk.press("Discard")
    clerk.sees("Say why: it stands in the audit.")
    page.get_by_label("Reason").fill("Nobody needs it.")
    clerk.press("Discard")
    clerk.sees("Discarded. The audit keeps it.")
    assert dead_letters(road) == []

    discarded, corrected = decisions(road, "dead letter")
    assert (corrected["why"], discarded["why"]) == (
        "The version was no number.",
        "Nobody needs it.",
    )
    assert corrected["before"]["body"]["version"] == "one"
    assert corrected["after"]["body"] == good
    assert corrected["after"]["message_id"] != corrected["before"]["message_id"]
    clerk.go(f"/p/{road.partner}/audit")
    clerk.sees("Nobody needs it.")
    page.get_by_label("What or why").fill("no number")
    expect(page.get_by_text("Nobody needs it.")).to_have_count(0)
    clerk.sees("The version was no number.")


def _read(page: Page, road: Road) -> None:
    """An operator's list has every partner's; this one's is opened."""
    own = page.get_by_role("cell", name=road.partner, exact=True)
    row = page.get_by_role("row").filter(has=own)
    row.get_by_role("button", name="Read", exact=True).click()


def _body(road: Road, letter: Json) -> str:
    return str(road.portal.get(f"/v1/dead-letters/{letter['letter_id']}")["body"])


def test_the_audit_has_the_decisions_of_every_owner_and_no_secret(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    _, key = walk.ready(road)
    walk.sync(road, key)
    road.portal.post(f"{road.base}/tokens", {"name": "erp", "role": "viewer"})
    whole = road.portal.get(f"{road.base}/audit", limit=500)
    assert whole["without"] == []
    owners = {one["owner"] for one in whole["entries"]}
    assert owners == {"ingest", "pricing", "mapping", "xero", "portal"}
    text = json.dumps(whole)
    assert f"access-of-{road.partner}" not in text
    assert "secret-of-" not in text
    paged: list[Json] = []
    cursor = None
    while True:
        page = road.portal.get(
            f"{road.base}/audit", limit=2, **({"cursor": cursor} if cursor else {})
        )
        paged += page["entries"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == whole["entries"]


def test_events_are_shown_as_they_happen_filtered_held_still_and_read(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.set_up()
    page = clerk.page
    clerk.signed_in(road, "events")
    cells = page.locator("td.col-type")
    expect(cells.filter(has_text="partner.changed.v1").first).to_be_visible()
    clerk.press("Pause")
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    road.watch_the_feed()
    invoice, _ = walk.priced(road)
    held = page.get_by_role("button", name="newer")
    expect(held).to_be_visible()
    expect(cells.filter(has_text="invoice.detected.v1")).to_have_count(0)
    held.click()
    expect(cells.filter(has_text="invoice.detected.v1")).to_have_count(1)
    page.get_by_label("Text").fill(invoice.invoice_number)
    expect(cells.filter(has_text="partner.changed.v1")).to_have_count(0)
    page.get_by_label("Types").click()
    page.get_by_role("option", name="invoice.detected.v1").click()
    page.keyboard.press("Escape")
    expect(cells).to_have_count(1)
    page.get_by_role("button", name="JSON").click()
    expect(page.get_by_role("dialog")).to_contain_text(f'"invoice_no": "{invoice.invoice_number}"')
    assert not faults(page, DIALOG)
    page.get_by_role("button", name="Close").last.click()
    page.get_by_label("From").fill("2999-01-01")
    clerk.sees("Nothing yet.")
    page.get_by_label("From").fill("2020-01-01")
    expect(cells).to_have_count(1)
    document = page.request.get(f"{road.stack.portal_url}/asyncapi.json").json()
    assert "invoice.detected.v1" in document["channels"]


def test_a_source_is_made_changed_without_its_secret_and_turned_off_on_the_page(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.set_up()
    page = clerk.page
    clerk.signed_in(road, "sources")
    clerk.press("New source")
    clerk.press("Distributor's feed")
    page.get_by_label("Id *").fill("dicker")
    page.get_by_label("Address of the feed *").fill(f"{road.stack.sandbox_url}/dicker")
    page.get_by_label("Account code *").fill(road.account)
    page.get_by_label("Access token *").fill(f"access-of-{road.partner}")
    page.get_by_label("Seconds between two looks").fill("1")
    assert not faults(page, DIALOG)
    clerk.press("Save")
    clerk.sees("Saved. It is looked at now.")
    invoice, _ = walk.priced(road)
    documents = page.get_by_label("Documents", exact=True)
    expect(documents).to_contain_text(invoice.invoice_number)

    clerk.press("Edit dicker")
    expect(page.get_by_label("Access token")).to_have_value("")
    page.get_by_label("Usage tolerance").fill("2.50")
    # Meanwhile somebody else changes it: the second is told, and nothing is overwritten.
    source = road.portal.get(f"{road.base}/sources/dicker")
    body = {"kind": source["kind"], "settings": {**source["settings"], "poll_interval_s": 2}}
    road.portal.put(f"{road.base}/sources/dicker", body, version=source["version"])
    clerk.press("Save")
    expect(page.get_by_text("is at version 2").first).to_be_visible()
    page.reload()
    clerk.press("Edit dicker")
    page.get_by_label("Usage tolerance").fill("2.50")
    clerk.press("Save")
    clerk.sees("Saved. It is looked at now.")
    settings = road.portal.get(f"{road.base}/sources/dicker")["settings"]
    assert settings["usage_tolerance"] == "2.50"
    assert settings["poll_interval_s"] == 2
    clerk.press("Turn off dicker")
    expect(page.get_by_role("button", name="Turn on dicker")).to_be_visible()
    assert road.portal.get(f"{road.base}/sources/dicker")["enabled"] is False
    (last, *_) = decisions(road, "Source 'dicker'")
    assert last["what"] == "Source 'dicker' was changed."


def test_an_operator_registers_a_partner_on_the_page(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=1)
    road.register()
    new = f"new-{road.partner}"
    page = clerk.page
    page.set_viewport_size({"width": 390, "height": 844})
    clerk.signed_in(road, "settings")
    clerk.press("New partner")
    dialog = page.get_by_role("dialog", name="New partner")
    fields = {name: dialog.get_by_label(f"{name} *") for name in ("Name", "Id", "Currency")}
    zone = dialog.get_by_label("Time zone *")
    expect(fields["Name"]).to_be_focused()
    clerk.press("Register")
    for words in WRONG.values():
        clerk.sees(words)
    expect(fields["Name"]).to_be_focused()
    assert not faults(page, DIALOG)
    fits(page)
    page.set_viewport_size({"width": 1280, "height": 900})

    for name, text in (("Name", "Saltbush IT"), ("Id", road.partner), ("Currency", "nzd")):
        fields[name].fill(text)
    zone.fill("Pacific/Nowhere")
    clerk.press("Register")
    clerk.sees("'Pacific/Nowhere' is not a time zone. Take one such as 'Australia/Sydney'.")
    expect(zone).to_be_focused()
    zone.fill("Pacific/Auckland")
    clerk.press("Register")
    clerk.sees(f"There is a partner {road.partner} already.")
    expect(fields["Id"]).to_be_focused()
    # By keyboard alone: the id, past currency and time zone to the button.
    page.keyboard.press("Control+A")
    page.keyboard.type(new)
    for key in ("Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/p/{new}/connections")
    switcher = page.get_by_role("combobox", name="Partner")
    expect(switcher.locator("xpath=ancestor::label")).to_contain_text("Saltbush IT")
    switcher.click()
    expect(page.get_by_role("option", name=f"{road.partner} Pty Ltd", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    made = road.portal.get(f"/v1/partners/{new}")
    assert made["version"] == 1
    told = {name: made["settings"][name] for name in ("name", "currency", "time_zone")}
    assert told == {"name": "Saltbush IT", "currency": "NZD", "time_zone": "Pacific/Auckland"}
    (entry,) = road.portal.get(f"/v1/partners/{new}/audit")["entries"]
    assert entry["what"] == "Partner 'Saltbush IT' was registered."
    clerk.go("/new-partner")
    expect(page.get_by_role("heading", name="New partner")).to_be_visible()
    assert not faults(page)


def test_who_is_no_operator_is_neither_offered_nor_let_register_a_partner(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=1)
    road.register()
    token = road.portal.post(f"{road.base}/tokens", {"name": "ann", "role": "admin"})["token"]
    page = clerk.page
    clerk.go(f"/p/{road.partner}/settings")
    clerk.sign_in(token)
    expect(page.get_by_role("button", name="Give access")).to_be_visible()
    expect(page.get_by_role("button", name="New partner")).to_have_count(0)
    clerk.go("/new-partner")
    clerk.sees("This needs a token with the role operator.")
    expect(page.get_by_role("textbox")).to_have_count(0)
    refused = page.request.put(
        f"{road.stack.portal_url}/v1/partners/new-{road.partner}",
        data={"name": "Saltbush IT", "currency": "AUD"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert refused.status == 404  # as every partner that is not theirs
    known = road.portal.get("/v1/partners")["partners"]
    assert f"new-{road.partner}" not in {one["partner_id"] for one in known}
