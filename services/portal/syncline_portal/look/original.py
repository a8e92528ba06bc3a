"""A row of the original document beside the line that was read from it."""

from nicegui import ui
from syncline_contracts.ingest_query import GetOriginalRow

from syncline_portal.look.dialog import dialog
from syncline_portal.routes.documents import ORIGINAL_TIMEOUT_S
from syncline_portal.visit import Visit


async def original_row(visit: Visit, document_sha256: str, row: int) -> None:
    """Show it, cell by cell. Raises `ProblemError` where it is not there any more."""
    query = GetOriginalRow(partner_id=visit.partner_id, document_sha256=document_sha256, row=row)
    found = await visit.ask(query, timeout_s=ORIGINAL_TIMEOUT_S)
    with dialog(f"Row {found.row:,} of {found.document.name}"):
        ui.label("As the supplier wrote it.").classes("lead")
        with ui.element("div").classes("wide"), ui.element("table").classes("inner"):
            for cell in found.cells:
                with ui.element("tr"):
                    with ui.element("td").classes("lead"):
                        ui.label(cell.column)
                    with ui.element("td"):
                        ui.label(cell.value)
                        if cell.is_cut:
                            ui.label("Longer than is shown here").classes("badge calm")
