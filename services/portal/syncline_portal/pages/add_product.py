"""Add Product Mapping: a product of the live PSA for one of the distributor's stock items."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.profile import ProfileEntry

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.pick import Pick
from syncline_portal.visit import Visit

Save = Callable[[ProfileEntry], Awaitable[bool]]


def add_product(
    visit: Visit,
    psa: Manifest,
    connection_id: str,
    profile_name: str,
    vendor_items: Sequence[str],
    chosen: str | None,
    save: Save,
) -> None:
    """Ask for both, then have it saved; `chosen` is the vendor item that it was opened for."""
    with dialog(f"Add Product Mapping: {profile_name}") as opened:
        ui.label(f"Search the {psa.vocabulary.product} in {psa.title}.")
        pick = Pick(visit, "Product Name", psa.name, connection_id, psa.picks["product"])
        item = ui.select(
            [*vendor_items, *([chosen] if chosen and chosen not in vendor_items else [])],
            value=chosen,
            label="Vendor Item",
            with_input=True,
            new_value_mode="add-unique",
        )
        item.props("outlined").classes("full-width")
        ui.label("The distributor's stock item. What waits for a product comes first.").classes(
            "lead"
        )

        async def save_and_close() -> None:
            if pick.chosen is None or not item.value:
                ui.notify("Choose a product and a vendor item first.", type="warning")
                return
            entry = ProfileEntry(
                vendor_item=str(item.value),
                product_id=pick.chosen[0],
                product_name=pick.chosen[1][:200],
            )
            if await save(entry):
                opened.close()

        with ui.element("div").classes("bar actions"):
            ui.element("span").classes("grow")
            button.main("Save Product Mappings", save_and_close)
