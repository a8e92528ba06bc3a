"""Sources: where invoices come from, made and changed; what became of every document."""

import re
from functools import partial
from typing import Any

from nicegui import events, ui
from syncline_chassis.errors import UnprocessableError
from syncline_contracts.ingest_query import (
    DocumentView,
    ListDocuments,
    ListSourceKinds,
    ListSources,
    SaveSource,
    SourceKindView,
    SourceView,
)
from syncline_contracts.query import Page

from syncline_portal.look import button, form
from syncline_portal.look.dialog import dialog, heading
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.moment import moment
from syncline_portal.look.money import shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

NEWEST = 200
SOURCE_ID = re.compile(r"[a-z0-9-]{1,40}")
SOURCES = (
    Column("source", "Source"),
    Column("kind", "Kind"),
    Column("state", "State"),
    Column("polled", "Last look"),
    Column("error", "Last error"),
    Column("change", ""),
)
DOCUMENTS = (
    Column("at", "Received"),
    Column("name", "Document"),
    Column("source", "Source"),
    Column("outcome", "Outcome"),
    Column("lines", "Lines", "right"),
    Column("cost", "Cost", "right"),
)
CHANGE = """
<q-td :props="props"><template v-if="props.row.change">
  <q-btn flat dense class="plain" label="Edit" :aria-label="'Edit ' + props.row.source"
    @click="$parent.$emit('edit', props.row.key)"></q-btn>
  <q-btn flat dense class="plain" :label="props.row.turn"
    :aria-label="props.row.turn + ' ' + props.row.source"
    @click="$parent.$emit('turn', props.row.key)"></q-btn></template></q-td>
"""
OUTCOMES = {"rejected": "Refused", "committed": "Taken in", "published": "Taken in"}


@page("/sources", "Sources", "sources")
async def sources(opened: Opened) -> None:
    """Build the page."""
    await _Sources(opened.visit).build()


class _Sources:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._known: dict[str, SourceView] = {}
        self._kinds: dict[str, SourceKindView] = {}

    async def build(self) -> None:
        ui.html("<h1>Sources</h1>", sanitize=False)
        ui.label("Where invoices come from, and what became of every document.").classes("lead")
        found = await self._visit.ask(ListSourceKinds(partner_id=self._visit.partner_id))
        self._kinds = {one.kind: one for one in found.kinds}
        if self._visit.may("admin"):
            with ui.element("div").classes("bar"):
                ui.element("span").classes("grow")
                button.plain("New source", self._choose)
        self._table = listing("Sources", SOURCES, "no source has been made yet")
        self._table.add_slot("body-cell-change", CHANGE)
        self._table.on("edit", self._edit)
        self._table.on("turn", self._turn)
        heading("Documents")
        self._documents = listing("Documents", DOCUMENTS, "no document has come yet")
        await self._refresh()
        keep_fresh(self._visit, self._refresh)

    async def _refresh(self) -> None:
        visit = self._visit
        found = await visit.ask(ListSources(partner_id=visit.partner_id))
        self._known = {one.source_id: one for one in found.sources}
        self._table.rows = [self._row(one) for one in found.sources]
        newest = Page(limit=NEWEST)
        known = await visit.ask(ListDocuments(partner_id=visit.partner_id, page=newest))
        self._documents.rows = [_document(one) for one in known.documents]

    def _row(self, one: SourceView) -> dict[str, Any]:
        kind = self._kinds.get(one.kind)
        return {
            "key": one.source_id,
            "source": one.source_id,
            "kind": kind.title if kind else one.kind,
            "state": "On" if one.enabled else "Off",
            "polled": moment(one.last_polled_at),
            "error": one.last_error,
            "change": kind is not None and self._visit.may("admin"),
            "turn": "Turn off" if one.enabled else "Turn on",
        }

    def _choose(self) -> None:
        """Of what kind the new one is; of some kinds there is one at most."""
        free = [one for one in self._kinds.values() if one.only_id not in self._known]
        with dialog("New source", small=True) as opened:
            for kind in free:
                button.plain(kind.title, partial(self._begin, kind, opened))

    def _begin(self, kind: SourceKindView, choice: ui.dialog) -> None:
        choice.close()
        self._form(kind, None)

    def _edit(self, event: events.GenericEventArguments) -> None:
        if one := self._known.get(str(event.args)):
            self._form(self._kinds[one.kind], one)

    async def _turn(self, event: events.GenericEventArguments) -> None:
        if one := self._known.get(str(event.args)):
            with told(self._visit):
                await self._save(one.source_id, one.kind, one.settings, one, not one.enabled)

    def _form(self, kind: SourceKindView, one: SourceView | None) -> None:
        shapes = kind.form["properties"]
        required = set(kind.form.get("required", ()))
        with dialog(f"{kind.title}: {one.source_id if one else 'new source'}") as opened:
            name = ui.input("Id *", value=one.source_id if one else kind.only_id or "")
            name.props("outlined autocomplete=off").classes("full-width")
            name.props["hint"] = "Short: lower-case letters, digits and hyphens."
            name.set_enabled(one is None and kind.only_id is None)
            fields = {
                field: form.field(
                    field,
                    shape,
                    _now(field, shape, one),
                    is_required=field in required or (one is None and _is_secret(shape)),
                    is_kept=one is not None and _is_secret(shape),
                )
                for field, shape in shapes.items()
            }

            async def save() -> None:
                with told(self._visit):
                    settings = form.values(fields)
                    await self._save(str(name.value).strip(), kind.kind, settings, one)
                    opened.close()

            with ui.element("div").classes("bar actions"):
                ui.element("span").classes("grow")
                button.main("Save", save)

    async def _save(
        self,
        source_id: str,
        kind: str,
        settings: dict[str, Any],
        one: SourceView | None,
        is_on: bool | None = None,
    ) -> None:
        """Over the version that was seen; a secret that is left out stays."""
        if not SOURCE_ID.fullmatch(source_id):
            raise UnprocessableError(
                "The id is short: lower-case letters, digits and hyphens, such as dicker.",
                "source_id",
            )
        await self._visit.ask(
            SaveSource(
                partner_id=self._visit.partner_id,
                actor=self._visit.actor.label,
                expected_version=one.version if one else None,
                source_id=source_id,
                kind=kind,
                settings=settings,
                enabled=is_on if is_on is not None else one.enabled if one else True,
            ),
            "admin",
        )
        ui.notify("Saved. It is looked at now.", type="positive")
        await self._refresh()


def _is_secret(shape: dict[str, Any]) -> bool:
    return shape.get("writeOnly") is True


def _now(name: str, shape: dict[str, Any], one: SourceView | None) -> Any:
    now = one.settings.get(name) if one else None
    return shape.get("default") or "" if now is None else now


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
