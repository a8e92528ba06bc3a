"""The clerk's month in a browser, from sign-in to Synced, by the words on the pages alone."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect
from syncline_contracts.money import add
from syncline_sandbox.invoices import (
    DistributorInvoice,
    generate_distributor_invoice,
    revise_distributor_invoice,
)
from syncline_stack.api import Face, until
from syncline_stack.example import set_up_example
from syncline_stack.psa import Json
from syncline_stack.road import IN_PSA, Road
from syncline_stack.stack import Stack

from tests.e2e import by_page, walk
from tests.e2e.browser import Clerk
from tests.e2e.conftest import RoadMaker
from tests.e2e.test_revisions import await_revision
from tests.unit.ingest.samples import recon

CONNECTORS = ("xero", "connectwise", "autotask")
PERCENTS = {"AZ-CONS": "-5", "AZ-RI": "12.5"}


def test_a_click_outlasts_a_page_that_is_drawn_anew_between_press_and_release(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    page = clerk.page
    clerk.signed_in(road, "azure")
    page.get_by_role("link", name="View Details").hover()
    page.mouse.down()
    earlier = generate_distributor_invoice(road.seed, 2, "2025-11", lines_per_tenant=4)
    road.publish(earlier)
    clerk.sees(earlier.invoice_number)
    page.mouse.up()
    expect(page).to_have_url(f"{road.stack.portal_url}/p/{road.partner}/azure/{key}")


@pytest.mark.parametrize("connector", CONNECTORS)
def test_the_five_steps_from_sign_in_to_synced_and_an_undo(
    clerk: Clerk, roads: RoadMaker, connector: str
) -> None:
    road = roads(people=4, connector=connector)
    road.open_account()
    road.register()
    road.connect()
    road.watch_the_feed()
    invoice = by_page.invoice_of_one(road, PERCENTS)
    page = clerk.page
    by_page.detect(clerk, road, invoice)
    (row,), key = _priced(road, invoice)
    by_page.look_behind(clerk, row["tenant_name"], len(invoice.lines))
    by_page.make_prices(clerk, PERCENTS)
    page.get_by_role("link", name="Azure", exact=True).click()
    by_page.view_details(clerk)
    by_page.map_tenant(clerk, road, *by_page.known_tenant(road, key), by_page.PROFILE)
    by_page.sync_now(clerk)
    walk.prove(road, {key: invoice}, PERCENTS)
    expect(page.locator("#status")).to_have_text("Synced")
    (own,) = road.portal.get(f"{road.base}/profiles")["assignments"]
    assert (own["tenant_id"], own["vendor_item"]) == (row["tenant_id"], None)

    clerk.press("Undo")
    page.get_by_label("Reason").fill("The wrong month.")
    clerk.press("Undo now")
    clerk.sees("Undone")
    until(lambda: not _in_psa(road, key), "the undone tenants")
    assert road.psa.standing() == []


def _priced(road: Road, invoice: DistributorInvoice) -> tuple[list[Json], str]:
    """Its tenants, once their lines are there, and its key."""
    key = road.await_priced(invoice.invoice_number)["invoice_key"]
    return road.details(key)["tenants"], key


def _in_psa(road: Road, key: str) -> list[str]:
    moving = (*IN_PSA, "approved", "syncing")
    return [row["state"] for row in road.details(key)["tenants"] if row["state"] in moving]


def test_a_revised_invoice_is_synced_as_updates_of_the_same_records(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=4)
    invoice, key = walk.ready(road)
    walk.sync(road, key)
    before = road.psa.standing()
    page = clerk.page
    clerk.signed_in(road, f"azure/{key}")
    revised = revise_distributor_invoice(invoice, road.seed)
    road.publish(revised)
    await_revision(road, key, revised)
    expect(page.get_by_text("Ready to Sync (changed)").first).to_be_visible()
    by_page.sync_now(clerk, "Update")
    walk.prove(road, {key: revised})
    assert len(road.psa.standing()) == len(before)


def test_one_tenant_is_undone_and_synced_again_and_the_others_stay(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=3)
    _, key = walk.ready(road)
    synced = [row for row in walk.sync(road, key)["tenants"] if row["state"] in IN_PSA]
    assert len(synced) > 1
    page, name = clerk.page, synced[0]["tenant_name"]
    clerk.signed_in(road, f"azure/{key}")
    clerk.press(f"Charges of {name}")
    page.get_by_role("row").get_by_role("button", name="Undo").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"What was written for {name} is taken out of the PSA again.")
    clerk.press("Undo now")
    clerk.sees("Say why: it stands in the audit.")
    dialog.get_by_label("Reason").fill("Billed twice.")
    clerk.press("Undo now")
    expect(page.get_by_role("row", name=name).get_by_text("Undone")).to_be_visible()
    rest = {row["tenant_name"] for row in synced[1:]}
    until(lambda: set(_names_in_psa(road, key)) == rest, "the undone tenant")
    records = [record for row in synced[1:] for record in row["records"]]
    assert {one.external_key for one in road.psa.standing()} == {
        one["external_key"] for one in records
    }

    clerk.press("Sync again")
    expect(page.get_by_role("dialog").get_by_text("Create", exact=True).first).to_be_visible()
    clerk.press("Confirm")
    clerk.sees("Synced.")
    assert set(_names_in_psa(road, key)) == rest | {name}


def _names_in_psa(road: Road, key: str) -> list[str]:
    return [row["tenant_name"] for row in road.details(key)["tenants"] if row["state"] in IN_PSA]


def test_a_file_that_is_chosen_or_dropped_is_taken_in_or_refused_with_its_place(
    clerk: Clerk, roads: RoadMaker, tmp_path: Path
) -> None:
    road = roads(people=2)
    road.set_up()
    page = clerk.page
    clerk.signed_in(road, "azure")
    good, bad = tmp_path / "october.csv", tmp_path / "broken.csv"
    good.write_bytes(recon({}, {}))
    other = {"InvoiceNumber": "G009999999"}
    bad.write_bytes(recon(other, {**other, "Subtotal": "abc"}))
    with page.expect_file_chooser() as chooser:
        clerk.press("choose one")
    chooser.value.set_files(good)
    clerk.sees("october.csv was taken in: invoice G001234567.")
    expect(page.get_by_role("row", name="G001234567")).to_be_visible()
    page.locator("input[type=file]").set_input_files(bad)
    refused = page.get_by_role("alert").filter(has_text="broken.csv was refused")
    expect(refused).to_contain_text("row 2, column Subtotal")
    page.locator("input[type=file]").set_input_files(good)
    clerk.sees("october.csv is known already; nothing has changed.")


def test_the_charges_are_shown_beside_those_of_last_month(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=2)
    road.set_up()
    road.watch_the_feed()
    keys = []
    for month in ("2026-09", "2026-10"):
        invoice = generate_distributor_invoice(road.seed, 2, month, lines_per_tenant=8)
        road.publish(invoice)
        keys.append(road.await_priced(invoice.invoice_number)["invoice_key"])
    row = road.details(keys[1])["tenants"][0]
    before, now = (
        {one["vendor_item"]: Decimal(one["sell"]) for one in _charges(road, key, row["tenant_id"])}
        for key in keys
    )
    clerk.signed_in(road, f"azure/{keys[1]}")
    clerk.press(f"Charges of {row['tenant_name']}")
    charges = clerk.page.get_by_role("table").filter(has_text="To last month").last
    for item, sell in now.items():
        shown = charges.get_by_role("row").filter(has_text=item).get_by_role("cell").last
        expect(shown).to_have_text(f"{sell - before[item]:+,.2f}" if item in before else "new")


def _charges(road: Road, key: str, tenant_id: str) -> list[Json]:
    found: list[Json] = road.portal.get(f"{road.base}/invoices/{key}/tenants/{tenant_id}")[
        "charges"
    ]
    return found


def test_a_newcomer_gets_from_the_first_page_to_a_synced_invoice(
    clerk: Clerk, roads: RoadMaker, stack: Stack
) -> None:
    road = roads()
    set_up_example(stack, road.partner)
    (invoice,) = road.invoices()
    page = clerk.page
    clerk.go(f"/p/{road.partner}/queue")
    clerk.press("Sign in on this machine")
    page.get_by_role("link", name=invoice["invoice_no"]).first.click()
    clerk.sees("Client Mapped Status")
    row, client = by_page.known_tenant(road, invoice["invoice_key"])
    by_page.map_tenant(clerk, road, row, client)
    by_page.sync_now(clerk)
    assert len(_in_psa(road, invoice["invoice_key"])) == 1


def test_proposals_are_mapped_with_consent_and_taken_back(clerk: Clerk, roads: RoadMaker) -> None:
    road = roads(people=6)
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    page = clerk.page
    clerk.signed_in(road, f"azure/{key}")
    clerk.press("Proposals")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status").first).to_contain_text("unmapped tenants have a proposal")
    rows = dialog.get_by_role("row").filter(has_text="Same name")
    proposed = rows.count()
    assert proposed
    assert _mapped(road, key) == 0  # nothing without consent
    clerk.press("Map the ticked to their Contact")
    taken = dialog.get_by_text("It stays for the next month.")
    expect(taken).to_be_visible()
    until(lambda: _mapped(road, key) == proposed, "the mapped tenants")
    dialog.get_by_role("button", name="Take back").click()
    clerk.sees("Taken back.")
    until(lambda: _mapped(road, key) == 0, "the tenants without a mapping again")


def _mapped(road: Road, key: str) -> int:
    return sum(row["client_mapped"] for row in road.details(key)["tenants"])


def test_the_lines_behind_a_charge_are_grouped_filtered_and_exported(
    clerk: Clerk, roads: RoadMaker, tmp_path: Path
) -> None:
    road = roads(people=2)
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    page = clerk.page
    clerk.signed_in(road, f"azure/{key}")
    (row, *_) = road.details(key)["tenants"]
    page.get_by_role("button", name=f"Charges of {row['tenant_name']}", exact=True).click()
    charge = _charges(road, key, row["tenant_id"])[0]
    page.get_by_role("link", name=f"Show Breakdown of {charge['vendor_item']}").click()
    clerk.sees(f"Lines 1 to {charge['lines']} of {charge['lines']}")
    page.get_by_label("Remove", exact=True).click()
    clerk.sees(f"Lines 1 to {row['lines']} of {row['lines']}")
    tenant = f"{road.base}/invoices/{key}/tenants/{row['tenant_id']}"
    lines = page.get_by_label("Lines", exact=True)
    lines.get_by_role("columnheader", name="Cost").click()
    dearest = road.portal.get(f"{tenant}/lines", sort="cost", limit=1)["lines"][0]
    expect(lines.get_by_role("row").nth(1)).to_contain_text(dearest["description"])
    expect(lines.get_by_role("row").nth(1).get_by_role("cell").first).to_have_text(
        str(dearest["row"])
    )
    clerk.press(f"Row {dearest['row']} of the original document")
    original = page.get_by_role("dialog")
    expect(original).to_contain_text("As the supplier wrote it.")
    expect(original.get_by_text("LineTotalExTax", exact=True)).to_be_visible()
    original.get_by_role("button", name="Close").click()
    group = road.portal.get(f"{tenant}/line-groups", by="subscription")["groups"][0]
    page.get_by_role("button", name=group["label"], exact=True).click()
    clerk.sees(f"Lines 1 to {group['lines']} of {group['lines']}")
    with page.expect_download() as download:
        clerk.press("Export CSV")
    file = tmp_path / "breakdown.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert add(Decimal(one["cost"]) for one in rows) == Decimal(group["cost"])
    assert len(rows) == group["lines"]


def test_a_tenant_is_ignored_with_a_reason_and_every_other_page_tells(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.set_up()
    road.watch_the_feed()
    _, key = walk.priced(road)
    page, name = clerk.page, road.details(key)["tenants"][0]["tenant_name"]
    clerk.signed_in(road, f"azure/{key}")
    page.get_by_role("button", name=f"Charges of {name}", exact=True).click()
    clerk.press("Ignore")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Billed by hand this month.")
    dialog.get_by_role("button", name="Ignore").click()
    clerk.sees("Ignored")
    clerk.go(f"/p/{road.partner}/queue")
    expect(page.get_by_role("row", name=name).get_by_text("Ignored")).to_be_visible()
    held = road.details(key)["tenants"][1]["tenant_name"]
    page.get_by_role("row", name=held).get_by_role("link", name="Edit Mappings").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Edit Mappings: {held}")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Audit").click()
    expect(page.get_by_label("Audit", exact=True)).to_contain_text("operator [bootstrap]")
    page.get_by_role("link", name="Sources").click()
    expect(page.get_by_label("Documents", exact=True)).to_contain_text("Taken in")
    page.get_by_role("link", name="Dead letters").click()
    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()


def test_access_is_given_and_taken_back_and_the_entry_changed_under_settings(
    clerk: Clerk, roads: RoadMaker
) -> None:
    road = roads(people=2)
    road.register()
    page = clerk.page
    clerk.signed_in(road, "settings")
    clerk.press("Give access")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("kim")
    dialog.get_by_role("button", name="Give access").click()
    clerk.sees("That is no e-mail address.")
    address = f"kim@{road.partner}.example.com"
    dialog.get_by_label("E-mail").fill(address)
    dialog.get_by_role("button", name="Give access").click()
    clerk.sees(address)
    (user,) = road.portal.get(f"{road.base}/users")["users"]
    assert (user["email"], user["roles"]) == (address, {road.partner: "viewer"})
    clerk.press(f"Take back: {address}")
    until(lambda: road.portal.get(f"{road.base}/users")["users"][0]["revoked_at"], "the end of it")
    clerk.press("New token")
    dialog.get_by_label("Who or what will use it").fill("robot")
    clerk.press("Make it")
    token = page.get_by_role("status").filter(has_text="slt_").inner_text()
    robot = Face(road.stack.portal_url, token)
    assert robot.get("/v1/me")["name"] == "robot"
    robot.close()
    dialog.get_by_role("button", name="Close").first.click()
    page.get_by_label("Name", exact=True).fill("Kim and Sons")
    clerk.press("Save")
    expect(page.get_by_text("Kim and Sons").first).to_be_visible()


def test_nobody_sees_a_page_without_signing_in_or_of_another_partner(
    clerk: Clerk, roads: RoadMaker
) -> None:
    mine, other = roads(people=2), roads(people=2)
    mine.register()
    other.register()
    token = mine.portal.post(f"{mine.base}/tokens", {"name": "ann", "role": "viewer"})["token"]
    clerk.go(f"/p/{mine.partner}/azure")
    clerk.sign_in("slt_wrong")
    expect(clerk.page.get_by_role("alert")).to_contain_text("not valid")
    clerk.sign_in(token)
    clerk.sees("No invoice has been detected yet")
    expect(clerk.page.get_by_label("Upload an invoice")).to_have_count(0)  # a viewer only reads
    clerk.go(f"/p/{other.partner}/azure")
    expect(clerk.page.get_by_role("alert")).to_contain_text("There is no such partner")
