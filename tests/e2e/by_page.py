"""The five steps from the invoice to Synced as a clerk goes them: on the pages, by their words."""

from collections.abc import Mapping
from dataclasses import replace

from playwright.sync_api import expect
from syncline_sandbox.invoices import DistributorInvoice, generate_distributor_invoice
from syncline_stack.psa import Json
from syncline_stack.road import Road

from tests.e2e.browser import Clerk

PROFILE = "Standard prices"
SAVED = "Saved. It stays for the next month."


def invoice_of_one(road: Road, codes: Mapping[str, str]) -> DistributorInvoice:
    """An invoice over these stock items of the first customer whose name the PSA has once."""
    whole = generate_distributor_invoice(road.seed, road.people, lines_per_tenant=8)
    names = [lines[0].tenant.description for lines in whole.tenant_lines.values()]
    name = next(
        one for one in names if one in whole.contact_names and sum(one in it for it in names) == 1
    )
    lines = [
        line
        for line in whole.lines
        if line.tenant.description == name and line.to_feed()["StockCode"] in codes
    ]
    numbered = (replace(line, line_number=number) for number, line in enumerate(lines, 1))
    return replace(whole, lines=tuple(numbered))


def detect(clerk: Clerk, road: Road, invoice: DistributorInvoice) -> None:
    """1. The invoice appears by itself on Azure."""
    clerk.signed_in(road, "azure")
    clerk.sees("No invoice has been detected yet")
    road.publish(invoice)
    clerk.sees(invoice.invoice_number)


def look_behind(clerk: Clerk, name: str, lines: int) -> None:
    """2. View Details, and the lines behind a customer."""
    view_details(clerk)
    clerk.sees("Client Mapped Status")
    clerk.sees("Product Mapped Status")
    clerk.press(f"Charges of {name}")
    clerk.page.get_by_role("link", name="Show Breakdown", exact=True).click()
    clerk.sees(f"Lines 1 to {lines} of {lines}")


def view_details(clerk: Clerk) -> None:
    """From Azure to the one invoice that is there."""
    clerk.page.get_by_role("link", name="View Details").click()


def make_prices(clerk: Clerk, percents: Mapping[str, str]) -> None:
    """3. A billing profile: a product and a percentage for each stock item."""
    page = clerk.page
    page.get_by_role("link", name="Azure Billing Profiles", exact=True).click()
    clerk.press("New profile")
    page.get_by_label("Name").fill(PROFILE)
    clerk.press("Create")
    for item in percents:
        clerk.press("Add Product Mapping")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Product Name").fill(item)
        dialog.get_by_role("group").get_by_role("button").first.click()
        expect(dialog.get_by_text("Chosen: ")).to_be_visible()
        dialog.get_by_role("combobox", name="Vendor Item").fill(item)
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Save Product Mappings").click()
        expect(page.get_by_label(f"Percentage Off RRP of {item}")).to_be_visible()
        expect(dialog).to_have_count(0)
    page.reload()
    clerk.press("Show Products")
    clerk.sees("Sells at RRP: 100.00 RRP sells at 100.00.")
    for item, percent in percents.items():
        page.get_by_label(f"Percentage Off RRP of {item}").fill(percent)
    clerk.press("Save")
    expect(page.get_by_text("Saved. Invoices that are not synced yet")).to_be_visible()


def known_tenant(road: Road, key: str) -> tuple[Json, Json]:
    """The first tenant whose name stands once on the page and in the PSA, with its client."""
    rows = road.details(key)["tenants"]
    names = [row["tenant_name"] for row in rows]
    for row in rows:
        client = road.find_client(row["tenant_name"])
        if client and sum(row["tenant_name"] in one for one in names) == 1:
            return row, client
    raise AssertionError("the PSA knows nobody")


def map_tenant(clerk: Clerk, road: Road, row: Json, client: Json, profile: str = "") -> None:
    """4. Edit Mappings: whose charges they are, on which agreement and by which profile."""
    page = clerk.page
    tenant = page.get_by_role("row", name=row["tenant_name"])
    tenant.get_by_role("button", name="Edit Mappings").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Search").fill(client["name"])
    dialog.get_by_role("button", name=client["name"]).first.click()
    expect(dialog.get_by_text(f"Chosen: {client['name']}")).to_be_visible()
    dialog.get_by_text("Save", exact=True).first.click()  # as it is written; two buttons say so
    expect(page.get_by_text(SAVED)).to_be_visible()
    expect(dialog.get_by_text("Product Mapping", exact=True)).to_be_visible()
    if road.psa.agreements is not None:
        word = road.psa.agreements.removesuffix("s").title()
        for field in dialog.get_by_role("combobox", name=f"{word} for ").all():
            field.click()
            page.get_by_role("option").first.click()
    if profile:
        dialog.get_by_role("combobox", name="Profile for the whole tenant").click()
        page.get_by_role("option", name=profile, exact=True).click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    expect(tenant.get_by_text("Ready to Sync")).to_be_visible()


def sync_now(clerk: Clerk, action: str = "Create") -> None:
    """5. Sync Now, what it would write, Confirm, Synced."""
    page = clerk.page
    clerk.press("Sync Now")
    expect(page.get_by_role("dialog").get_by_text(action, exact=True).first).to_be_visible()
    clerk.press("Confirm")
    clerk.sees("Synced.")
    page.get_by_role("button", name="Close").last.click()
