"""Sync Now: first the plan, then Confirm, then what becomes of it, tenant by tenant."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sized
from decimal import Decimal
from functools import partial

from nicegui import ui
from syncline_contracts.mapping_query import GetInvoice, InvoiceDetails, TenantRow
from syncline_contracts.money import add, subtract
from syncline_contracts.plan_query import (
    Approval,
    Approved,
    ApprovePlans,
    PlanProgress,
    PlansMade,
    PlansRequested,
    PlanView,
    RequestPlans,
    SkippedTenant,
    TenantPlanRow,
)

from syncline_portal.approval import approve
from syncline_portal.hindrance import Hindrance
from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.drift import was_undone
from syncline_portal.look.figures import figures
from syncline_portal.look.marks import without_marks
from syncline_portal.look.money import shown
from syncline_portal.look.plan import WORDS, tenant_plan
from syncline_portal.look.state import of_tenant
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

LOOK_S = 0.4
MOVING = ("approved", "syncing", "synced")
IN_PLACE = ("synced", "verified")
FAILED = ("failed", "drifted")
AS_PLANNED = "Nothing has to be written: the PSA is as planned."
Tenants = tuple[str, ...] | None


async def sync_now(visit: Visit, details: InvoiceDetails, tenants: Tenants = None) -> None:
    """Plan all that is ready, or these tenants, and go on from there in a dialog."""
    with dialog("Sync Now") as opened:
        body = ui.element("div").classes("full-width")
        actions = ui.element("div").classes("bar actions")
    await _Run(visit, details, opened, body, actions).plan(tenants)


def retried(rows: Iterable[TenantRow]) -> tuple[str, ...]:
    """Who is tried again; one that was undone would be billed anew by being named."""
    return tuple(row.tenant_id for row in rows if row.state in FAILED and not was_undone(row))


class _Run:
    def __init__(
        self,
        visit: Visit,
        details: InvoiceDetails,
        opened: ui.dialog,
        body: ui.element,
        actions: ui.element,
    ) -> None:
        self._visit = visit
        self._key = details.invoice.invoice_key
        self._states = {row.tenant_id: row.state for row in details.tenants}
        self._opened, self._body, self._actions = opened, body, actions
        self._hindrance = Hindrance(visit)

    async def plan(self, tenants: Tenants) -> None:
        """Have the plans made, and show them."""
        self._body.clear()
        self._offer(button.Way("Cancel", self._opened.close))
        ask = RequestPlans(
            partner_id=self._visit.partner_id,
            actor=self._visit.actor.label,
            invoice_key=self._key,
            tenant_ids=tenants,
        )
        again = self._again("Plan again", tenants)
        is_answered = False
        with self._body, told(self._visit):
            asked = await self._visit.ask(ask, "billing")
            made = await self._await_plans(asked)
            is_answered = True
        if self._opened.is_deleted:
            return
        if is_answered:
            self._show_plans(asked.skipped, made.rows, again)
        else:
            self._offer(again, button.Way("Cancel", self._opened.close))

    async def _await_plans(self, asked: PlansRequested) -> PlansMade:
        with self._body:
            told_so_far = ui.label("Reading the PSA and planning ...").props("role=status")
            bar = ui.linear_progress(0, show_value=False)
            trouble = ui.label().classes("note warn").props("role=alert")
            trouble.set_visibility(False)
        query = PlanProgress(
            partner_id=self._visit.partner_id,
            invoice_key=self._key,
            request_id=asked.request_id,
        )
        made = PlansMade(pending=0, rows=())
        while asked.requested and not self._opened.is_deleted:
            made = await self._visit.ask(query)
            if not made.pending:
                break
            done = len(asked.requested) - made.pending
            told_so_far.text = f"Planned {done} of {len(asked.requested)} tenants ..."
            bar.value = done / len(asked.requested)
            trouble.text = await self._hindrance.words()
            trouble.set_visibility(bool(trouble.text))
            await asyncio.sleep(LOOK_S)
        return made

    def _show_plans(
        self,
        skipped: tuple[SkippedTenant, ...],
        rows: tuple[TenantPlanRow, ...],
        again: button.Way,
    ) -> None:
        planned = {row.tenant_id: row.plan for row in rows if row.plan is not None}
        failed = [row for row in rows if row.plan is None]
        writes = [write for plan in planned.values() for write in plan.writes]
        counts = Counter(write.action for write in writes)
        to_write = len(writes) - counts["unchanged"]
        self._body.clear()
        with self._body:
            counted = {word: f"{counts[action]:,}" for action, word in WORDS.items()}
            figures({**counted, "Total": shown(add(write.amount for write in writes))})
            if not rows:
                _warning("Nothing can be synced now.", _why(skipped))
            elif failed:
                reasons = [f"{row.tenant_name}: {row.failure or 'no plan.'}" for row in failed]
                _warning(f"No plan could be made for {_tenants(failed)}.", reasons)
            elif not to_write:
                ui.label(AS_PLANNED).classes("note good")
            _newer_prices(rows)
            for row in rows:
                if row.plan is not None:
                    tenant_plan(row.tenant_name, row.plan)
            if rows and skipped:
                with ui.expansion(f"{_tenants(skipped)} not part of this").classes("full-width"):
                    _list(_why(skipped))
        # Nothing differs, but the tenant is not synced: confirmed, its ledger settles.
        settles = any(self._states.get(one) not in IN_PLACE for one in planned)
        self._offer(
            *([again] if failed or not rows else []),
            button.Way("Cancel", self._opened.close),
            main=button.Way("Confirm", partial(self._confirm, planned))
            if to_write or settles
            else None,
        )

    async def _confirm(self, plans: dict[str, PlanView]) -> None:
        query = ApprovePlans(
            partner_id=self._visit.partner_id,
            actor=self._visit.actor.label,
            invoice_key=self._key,
            approvals=tuple(
                Approval(tenant_id=tenant_id, plan_hash=plan.plan_hash)
                for tenant_id, plan in plans.items()
            ),
        )
        with self._body, told(self._visit):
            await self._watch(await approve(await self._visit.call("billing"), query))

    async def _watch(self, answer: Approved) -> None:
        """Say what becomes of each until nothing moves any more; drawn anew when that changes."""
        self._offer(main=button.Way("Close", self._opened.close))
        drawn: object = None
        while not self._opened.is_deleted:
            details = await self._visit.ask(
                GetInvoice(partner_id=self._visit.partner_id, invoice_key=self._key)
            )
            rows = [row for row in details.tenants if row.tenant_id in answer.approved]
            moves = any(row.state in MOVING for row in rows)
            waits = await self._hindrance.words() if moves else ""
            if drawn != (rows, waits):
                drawn = (rows, waits)
                self._body.clear()
                with self._body:
                    _progress(rows, answer, waits)
            if not moves:
                self._offer_more(rows, answer)
                return
            await asyncio.sleep(LOOK_S)

    def _offer_more(self, rows: list[TenantRow], answer: Approved) -> None:
        failed = retried(rows)
        stale = tuple(one.tenant_id for one in answer.refused)
        stale += tuple(row.tenant_id for row in rows if row.state not in (*FAILED, *IN_PLACE))
        self._offer(
            *([self._again("Retry failed only", failed)] if failed else []),
            *([self._again("Plan again", stale)] if stale else []),
            main=button.Way("Close", self._opened.close),
        )

    def _again(self, words: str, tenants: Tenants) -> button.Way:
        return button.Way(words, partial(self.plan, tenants))

    def _offer(self, *ways: button.Way, main: button.Way | None = None) -> None:
        """What can be done now, at the foot of the dialog."""
        self._actions.clear()
        with self._actions:
            ui.element("span").classes("grow")
            for way in ways:
                button.plain(*way)
            if main is not None:
                button.main(*main)


def _newer_prices(rows: Iterable[TenantPlanRow]) -> None:
    """Of what is agreed to, the part that no change of the invoice explains."""
    news = [(row, row.plan.newer_prices) for row in rows if row.plan and row.plan.newer_prices]
    if news:
        by = add(subtract(Decimal(one.sell), Decimal(one.sell_before)) for _, one in news)
        _warning(
            f"Newer prices reach {_tenants(news)} that the PSA has at older ones: "
            f"{shown(by, sign=True)} in all.",
            [f"{row.tenant_name}: {one.message}" for row, one in news],
        )


def _progress(rows: list[TenantRow], answer: Approved, waits: str) -> None:
    written = [row for row in rows if row.state in IN_PLACE]
    verified = sum(row.state == "verified" for row in rows)
    if answer.refused:
        said = "What was confirmed is no longer true, so that it is not written."
        _warning(f"{_tenants(answer.refused)}: {said}", _why(answer.refused))
    elif not rows:
        ui.label(AS_PLANNED).classes("note good")
    elif verified == len(rows):
        ui.label("Synced.").classes("note good")
    if rows:
        text = f"{len(written)} of {_tenants(rows)} synced, {verified} read back and verified."
        ui.label(f"{text} {waits}").props("role=status").classes("text-weight-bold")
        ui.linear_progress(verified / len(rows), show_value=False)
    with ui.element("div").classes("wide"), ui.element("table").classes("inner"):
        for row in sorted(rows, key=lambda row: row.state not in FAILED):
            _progress_row(row, waits)


def _progress_row(row: TenantRow, waits: str) -> None:
    state = of_tenant(row.state)
    with ui.element("tr"):
        with ui.element("td"):
            ui.label(row.tenant_name)
        with ui.element("td"):
            ui.label(state["word"]).classes(f"badge {state['tone']}")
        with ui.element("td"):
            if row.state in MOVING and waits:
                ui.label(waits).classes("note warn")
            if row.failure:
                ui.label(row.failure)
            for record in row.records:
                if record.url.startswith(("https://", "http://")):
                    ui.link(record.label, record.url, new_tab=True)
        with ui.element("td").classes("num"):
            ui.label(shown(row.sell))


def _warning(text: str, reasons: Iterable[str]) -> None:
    with ui.element("div").classes("note warn").props("role=alert"):
        ui.label(text).classes("text-weight-bold")
        _list(reasons)


def _list(reasons: Iterable[str]) -> None:
    for one in reasons:
        ui.label(without_marks(one))


def _why(skipped: Iterable[SkippedTenant]) -> list[str]:
    return [f"{one.tenant_name}: {one.why}" for one in skipped]


def _tenants(some: Sized) -> str:
    return "1 tenant" if len(some) == 1 else f"{len(some):,} tenants"
