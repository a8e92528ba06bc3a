"""Audit: every decision of a person, with what was before and after."""

import json
from typing import Any

from nicegui import ui
from syncline_contracts.pricing_query import AuditEntry, ProfileHistory

from syncline_portal.look.page import Opened, page
from syncline_portal.look.table import Column, listing
from syncline_portal.routes.audit import list_audit_entries

COLUMNS = (Column("at", "When"), Column("actor", "Who"), Column("what", "What"))
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
    visit = opened.visit
    ui.html("<h1>Audit</h1>", sanitize=False)
    ui.label(
        "Every decision of a person, the newest first. Open one for before and after."
    ).classes("lead")
    find = ui.input("Filter").props("outlined dense clearable debounce=250")
    table = listing("Audit", COLUMNS)
    table.add_slot("body", DETAILS)
    find.bind_value_to(table, "filter")
    decided = await list_audit_entries(await visit.call("viewer"), visit.partner_id)
    prices = await visit.ask(ProfileHistory(partner_id=visit.partner_id))
    entries = sorted((*decided.entries, *prices.entries), key=lambda one: one.at, reverse=True)
    table.rows = [_row(number, one) for number, one in enumerate(entries)]


def _row(number: int, one: AuditEntry) -> dict[str, Any]:
    return {
        "key": number,
        "at": f"{one.at:%d %b %Y %H:%M:%S} UTC",
        "actor": one.actor,
        "what": one.what,
        "before": _text(one.before),
        "after": _text(one.after),
    }


def _text(content: dict[str, Any] | None) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) if content else "nothing"
