"""Sync Now: first the plan, then Confirm, then what becomes of it, tenant by tenant."""

import asyncio
import json
from collections import Counter
from decimal import Decimal

from nicegui import ui
from syncline_contracts.mapping_query import (
    Approval,
    ApprovePlans,
    GetInvoice,
    InvoiceDetails,
    PlanProgress,
    PlansMade,
    PlansRequested,
    RequestPlans,
    SkippedTenant,
    TenantPlanRow,
    TenantRow,
)
from syncline_contracts.tenant import PlannedWrite, WriteAction

from syncline_portal.approval import approve
from syncline_portal.hindrance import Hindrance
from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.figures import figures
from syncline_portal.look.money import shown
from syncline_portal.look.state import of_tenant
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

LOOK_S = 0.4
MOVING = ("ready", "planned", "approved", "syncing", "synced")
WORDS: dict[WriteAction, str] = {
    "create": "Create",
    "update": "Update",
    "unchanged": "Unchanged",
    "delete": "Delete",
}


async def sync_now(
    visit: Visit, details: InvoiceDetails, tenants: tuple[str, ...] | None = None
) -> None:
    """Plan all that is ready, or these tenants, and go on from there in a dialog."""
    with dialog("Sync Now") as opened:
        body = ui.element("div").classes("full-width")
    with told(visit):
        await _Run(visit, details, opened, body).plan(tenants)


class _Run:
    def __init__(
        self, visit: Visit, details: InvoiceDetails, opened: ui.dialog, body: ui.element
    ) -> None:
        self._visit = visit
        self._key = details.invoice.invoice_key
        self._opened = opened
        self._body = body
        self._hindrance = Hindrance(visit)

    async def plan(self, tenants: tuple[str, ...] | None) -> None:
        """Have the plans made, and show them."""
        self._clear()
        with self._body:
            told_so_far = ui.label("Reading the PSA and planning ...").props("role=status")
            bar = ui.linear_progress(0, show_value=False)
            trouble = _trouble_note()
        asked = await self._visit.ask(
            RequestPlans(
                partner_id=self._visit.partner_id,
                actor=self._visit.actor.label,
                invoice_key=self._key,
                tenant_ids=tenants,
            ),
            "billing",
        )
        made = PlansMade(pending=0, rows=())
        while asked.requested and not self._opened.is_deleted:
            made = await self._visit.ask(
                PlanProgress(
                    partner_id=self._visit.partner_id,
                    invoice_key=self._key,
                    request_id=asked.request_id,
                )
            )
            if not made.pending:
                break
            done = len(asked.requested) - made.pending
            told_so_far.text = f"Planned {done} of {len(asked.requested)} tenants ..."
            _say(trouble, await self._hindrance.words())
            bar.value = done / len(asked.requested)
            await asyncio.sleep(LOOK_S)
        if not self._opened.is_deleted:
            self._show_plans(asked, made)

    def _clear(self) -> None:
        self._body.clear()

    def _show_plans(self, asked: PlansRequested, made: PlansMade) -> None:
        self._clear()
        planned = [row for row in made.rows if row.plan is not None]
        writes = [write for row in planned if row.plan for write in row.plan.writes]
        counts = Counter(write.action for write in writes)
        total = sum((write.amount for write in writes), Decimal(0))
        to_write = len(writes) - counts["unchanged"]
        with self._body:
            counted = {word: f"{counts[action]:,}" for action, word in WORDS.items()}
            figures({**counted, "Total": shown(total)})
            if not to_write:
                ui.label("Nothing has to be written: the PSA is as planned.").classes("note good")
            for row in made.rows:
                _tenant_plan(row)
            _skipped(asked.skipped)
            with ui.element("div").classes("bar actions"):
                ui.element("span").classes("grow")
                button.plain("Cancel", self._opened.close)
                if to_write:
                    button.main("Confirm", lambda: self._confirm(planned))

    async def _confirm(self, planned: list[TenantPlanRow]) -> None:
        with told(self._visit):
            approvals = tuple(
                Approval(tenant_id=row.tenant_id, plan_hash=row.plan.plan_hash)
                for row in planned
                if row.plan is not None
            )
            answer = await approve(
                await self._visit.call("billing"),
                ApprovePlans(
                    partner_id=self._visit.partner_id,
                    actor=self._visit.actor.label,
                    invoice_key=self._key,
                    approvals=approvals,
                ),
            )
            await self._watch(set(answer.approved), answer.refused)

    async def _watch(self, tenants: set[str], refused: tuple[SkippedTenant, ...]) -> None:
        """Say what becomes of each until nothing moves any more."""
        while not self._opened.is_deleted:
            details = await self._visit.ask(
                GetInvoice(partner_id=self._visit.partner_id, invoice_key=self._key)
            )
            rows = [row for row in details.tenants if row.tenant_id in tenants]
            moving = [row for row in rows if row.state in MOVING]
            self._show_progress(details, rows, moving, refused)
            if moving and (why := await self._hindrance.words()):
                with self._body:
                    _say(_trouble_note(), why)
            if not moving:
                return
            await asyncio.sleep(LOOK_S)

    def _show_progress(
        self,
        details: InvoiceDetails,
        rows: list[TenantRow],
        moving: list[TenantRow],
        refused: tuple[SkippedTenant, ...],
    ) -> None:
        self._clear()
        failed = [row for row in rows if row.state in ("failed", "drifted")]
        written = sum(row.state in ("synced", "verified") for row in rows)
        verified = sum(row.state == "verified" for row in rows)
        with self._body:
            text = f"{written} of {len(rows)} tenants synced, {verified} read back and verified."
            ui.label(text).props("role=status").classes("text-weight-bold")
            ui.linear_progress(verified / len(rows) if rows else 1, show_value=False)
            if not moving and not failed:
                ui.label("Synced.").classes("note good")
            with ui.element("div").classes("wide"), ui.element("table").classes("inner"):
                for row in (*failed, *(one for one in rows if one not in failed)):
                    _progress_row(row)
            _skipped(refused)
            with ui.element("div").classes("bar actions"):
                ui.element("span").classes("grow")
                if failed and not moving:
                    again = tuple(row.tenant_id for row in failed)
                    button.plain("Retry failed only", lambda: self._again(again))
                button.main("Close", self._opened.close)

    async def _again(self, tenants: tuple[str, ...]) -> None:
        with told(self._visit):
            await self.plan(tenants)


def _tenant_plan(row: TenantPlanRow) -> None:
    if row.plan is None:
        with ui.element("p").classes("note warn"):
            ui.label(f"{row.tenant_name}: {row.failure or 'no plan could be made.'}")
        return
    counts = Counter(write.action for write in row.plan.writes)
    said = ", ".join(f"{WORDS[action].lower()} {count}" for action, count in counts.items())
    with ui.expansion(f"{row.tenant_name}: {said or 'nothing'}, {shown(row.plan.total)}") as opened:
        opened.classes("full-width")
        for write in row.plan.writes:
            _write(write)


def _write(write: PlannedWrite) -> None:
    before = f"{shown(write.amount_before)} → " if write.amount_before is not None else ""
    with ui.element("div").classes("bar"):
        ui.label(WORDS[write.action]).classes("badge calm")
        ui.label(write.label).classes("grow")
        ui.label(f"{before}{shown(write.amount)}").classes("num")
    if write.request:
        with ui.expansion("Exact request").props("dense"), ui.element("pre").classes("request"):
            ui.label(json.dumps(write.request, indent=2, ensure_ascii=False))


def _skipped(skipped: tuple[SkippedTenant, ...]) -> None:
    if not skipped:
        return
    with ui.expansion(f"{len(skipped)} tenants are not part of this").classes("full-width"):
        for one in skipped:
            ui.label(f"{one.tenant_name}: {one.why}")


def _trouble_note() -> ui.label:
    note = ui.label().classes("note warn").props("role=alert")
    note.set_visibility(False)
    return note


def _say(note: ui.label, why: str) -> None:
    note.text = why
    note.set_visibility(bool(why))


def _progress_row(row: TenantRow) -> None:
    state = of_tenant(row.state)
    with ui.element("tr"):
        with ui.element("td"):
            ui.label(row.tenant_name)
        with ui.element("td"):
            ui.label(state["word"]).classes(f"badge {state['tone']}")
        with ui.element("td"):
            if row.failure:
                ui.label(row.failure)
            for record in row.records:
                if record.url.startswith(("https://", "http://")):
                    ui.link(record.label, record.url, new_tab=True)
        with ui.element("td").classes("num"):
            ui.label(shown(row.sell))
