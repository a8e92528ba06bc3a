"""Sources: where invoices come from, and what became of every document."""

from typing import Any

from nicegui import ui
from syncline_contracts.ingest_query import DocumentView, ListDocuments, ListSources, SourceView
from syncline_contracts.query import Page

from syncline_portal.look.dialog import heading
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.moment import moment
from syncline_portal.look.money import shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import Column, listing

NEWEST = 200
SOURCES = (
    Column("source", "Source"),
    Column("kind", "Kind"),
    Column("state", "State"),
    Column("polled", "Last look"),
    Column("error", "Last error"),
)
DOCUMENTS = (
    Column("at", "Received"),
    Column("name", "Document"),
    Column("source", "Source"),
    Column("outcome", "Outcome"),
    Column("lines", "Lines", "right"),
    Column("cost", "Cost", "right"),
)
OUTCOMES = {"rejected": "Refused", "committed": "Taken in", "published": "Taken in"}


@page("/sources", "Sources", "sources")
async def sources(opened: Opened) -> None:
    """Build the page."""
    visit = opened.visit
    ui.html("<h1>Sources</h1>", sanitize=False)
    ui.label("Where invoices come from, and what became of every document.").classes("lead")
    table = listing("Sources", SOURCES)
    heading("Documents")
    documents = listing("Documents", DOCUMENTS)

    async def refresh() -> None:
        found = await visit.ask(ListSources(partner_id=visit.partner_id))
        table.rows = [_source(one) for one in found.sources]
        newest = Page(limit=NEWEST)
        known = await visit.ask(ListDocuments(partner_id=visit.partner_id, page=newest))
        documents.rows = [_document(one) for one in known.documents]

    await refresh()
    keep_fresh(visit, refresh)


def _source(one: SourceView) -> dict[str, Any]:
    return {
        "key": one.source_id,
        "source": one.source_id,
        "kind": one.kind,
        "state": "On" if one.enabled else "Off",
        "polled": moment(one.last_polled_at),
        "error": one.last_error,
    }


def _document(one: DocumentView) -> dict[str, Any]:
    place = [f"row {one.row}"] if one.row else []
    place += [f"column {one.column}"] if one.column else []
    why = f"{', '.join(place)}: {one.message}" if place else one.message or one.invoice_no or ""
    return {
        "key": one.document_id,
        "at": moment(one.received_at),
        "name": one.name,
        "source": one.source_id,
        "outcome": f"{OUTCOMES[one.status]}: {why}" if why else OUTCOMES[one.status],
        "lines": f"{one.lines:,}" if one.lines is not None else "",
        "cost": shown(one.cost),
    }
