"""Audit: every decision of a person, with what was before and after, and why."""

import json
from typing import Any

from nicegui import ui
from syncline_contracts.audit import Decision, ListDecisions
from syncline_contracts.query import Page

from syncline_portal.decisions import AuditPage, page_of
from syncline_portal.look import button
from syncline_portal.look.moment import midnight
from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import EVERY, Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

AT_ONCE = 50
COLUMNS = (
    Column("at", "When"),
    Column("actor", "Who"),
    Column("what", "What"),
    Column("why", "Why"),
    Column("owner", "Kept by"),
)
DETAILS = """
<q-tr :props="props" @click="props.expand = !props.expand" style="cursor: pointer" tabindex="0"
  @keydown.enter="props.expand = !props.expand">
  <q-td v-for="col in props.cols" :key="col.name" :props="props">{{ col.value }}</q-td></q-tr>
<q-tr v-if="props.expand" :props="props"><q-td colspan="100%" style="white-space: normal">
  <div class="lead">Before</div><pre class="request">{{ props.row.before }}</pre>
  <div class="lead">After</div><pre class="request">{{ props.row.after }}</pre></q-td></q-tr>
"""


@page("/audit", "Audit", "audit")
async def audit(opened: Opened) -> None:
    """Build the page."""
    ui.html("<h1>Audit</h1>", sanitize=False)
    ui.label(
        "Every decision of a person, the newest first. Open one for before and after."
    ).classes("lead")
    await _Audit(opened.visit).show()


class _Audit:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._cursor: str | None = None

    async def show(self) -> None:
        with ui.element("div").classes("bar"):
            self._who = ui.input("Who", on_change=self._again)
            self._what = ui.input("What or why", on_change=self._again)
            self._since = ui.input("From", on_change=self._again).props("type=date stack-label")
            self._until = ui.input("To", on_change=self._again).props("type=date stack-label")
            for field in (self._who, self._what, self._since, self._until):
                field.props("outlined dense clearable debounce=300")
        self._note = ui.label().classes("note warn")
        self._table = listing("Audit", COLUMNS, "no decision is like that", rows=EVERY)
        self._table.add_slot("body", DETAILS)
        self._older = button.plain("Show older", self._more)
        await self._again()

    async def _again(self) -> None:
        self._cursor = None
        await self._more()

    async def _more(self) -> None:
        with told(self._visit):
            asked = self._cursor
            found = await page_of(await self._visit.call("viewer"), self._wanted())
            rows = [_row(one) for one in found.entries]
            self._table.rows = rows if asked is None else [*self._table.rows, *rows]
            self._cursor = found.next_cursor
            self._tell(found)

    def _tell(self, found: AuditPage) -> None:
        self._older.set_visibility(found.next_cursor is not None)
        self._note.set_visibility(bool(found.without))
        names = ", ".join(found.without)
        verb = "does" if len(found.without) == 1 else "do"
        self._note.set_text(f"Not complete: {names} {verb} not answer now. Load the page again.")

    def _wanted(self) -> ListDecisions:
        return ListDecisions(
            partner_id=self._visit.partner_id,
            who=self._who.value or "",
            what=self._what.value or "",
            since=midnight(self._since.value),
            until=midnight(self._until.value, after=1),
            page=Page(cursor=self._cursor, limit=AT_ONCE),
        )


def _row(one: Decision) -> dict[str, Any]:
    return {
        "key": f"{one.owner}/{one.decision_id}",
        "at": f"{one.at:%d %b %Y %H:%M:%S} UTC",
        "actor": one.actor,
        "what": one.what,
        "why": one.why,
        "owner": one.owner,
        "before": _text(one.before),
        "after": _text(one.after),
    }


def _text(content: dict[str, Any] | None) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) if content else "nothing"
