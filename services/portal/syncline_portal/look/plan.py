"""A tenant's plan as a person agrees to it: each write, what it changes, the exact request."""

import json
from collections import Counter

from nicegui import ui
from syncline_contracts.plan_query import PlanView
from syncline_contracts.tenant import PlannedWrite, WriteAction

from syncline_portal.look import changes
from syncline_portal.look.marks import without_marks
from syncline_portal.look.money import shown

WORDS: dict[WriteAction, str] = {
    "create": "Create",
    "update": "Update",
    "unchanged": "Unchanged",
    "delete": "Delete",
}


def tenant_plan(name: str, plan: PlanView) -> None:
    """Draw it, its writes behind a click."""
    counts = Counter(write.action for write in plan.writes)
    said = ", ".join(f"{WORDS[action].lower()} {count}" for action, count in counts.items())
    text = f"{without_marks(name)}: {said or 'nothing'}, {shown(plan.total)}"
    with ui.expansion(text).classes("full-width"):
        for write in plan.writes:
            _write(write)


def _write(write: PlannedWrite) -> None:
    before = f"{shown(write.amount_before)} → " if write.amount_before is not None else ""
    with ui.element("div").classes("bar"):
        ui.label(WORDS[write.action]).classes("badge calm")
        ui.label(write.label).classes("grow")
        ui.label(f"{before}{shown(write.amount)}").classes("num")
    if write.before is not None and write.after is not None:
        changes.show(changes.changes(write.before, write.after))
    if write.request:
        with ui.expansion("Exact request").props("dense"), ui.element("pre").classes("request"):
            ui.label(json.dumps(write.request, indent=2, ensure_ascii=False))
