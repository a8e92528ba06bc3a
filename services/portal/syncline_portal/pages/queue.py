"""Work queue: what needs a decision, most money first; what is ignored apart."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from nicegui import ui
from syncline_contracts.mapping_query import HoldRow, ListHolds
from syncline_contracts.money import add

from syncline_portal.look.dialog import heading
from syncline_portal.look.figures import figures
from syncline_portal.look.fix import place
from syncline_portal.look.frame import address
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.marks import without_marks
from syncline_portal.look.money import month, shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.state import of_tenant
from syncline_portal.look.table import Column, Listing, listing
from syncline_portal.visit import Visit

COLUMNS = (
    Column("tenant", "Tenant", sortable=True),
    Column("state", "Status"),
    Column("why", "Why"),
    Column("invoice", "Invoice"),
    Column("days", "Waits", "right", sortable=True),
    Column("cost", "Cost", "right"),
)


@page("/queue", "Work queue", "queue")
async def queue(opened: Opened) -> None:
    """Build the page."""
    await _Page(opened.visit).build()


class _Page:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def build(self) -> None:
        ui.html("<h1>Work queue</h1>", sanitize=False)
        ui.label("What needs a decision, most money first.").classes("lead")
        self._sums = ui.element("div").classes("full-width")
        self._empty = ui.element("section").classes("card")
        with self._empty:
            ui.label("Nothing waits for you").classes("text-weight-bold")
            ui.link("See the invoices", address(self._visit.partner_id, "azure"))
        self._waiting = _table("Work queue")
        self._aside = ui.element("section").classes("full-width")
        with self._aside:
            heading("Ignored").classes("q-mb-sm")
            self._ignored = _table("Ignored")
        await self._refresh()
        keep_fresh(self._visit, self._refresh)

    async def _refresh(self) -> None:
        rows = (await self._visit.ask(ListHolds(partner_id=self._visit.partner_id))).rows
        waiting = [row for row in rows if row.state != "ignored"]
        ignored = [row for row in rows if row.state == "ignored"]
        now = self._visit.portal.clock.now()
        for table, some in ((self._waiting, waiting), (self._ignored, ignored)):
            table.rows = [_row(self._visit.partner_id, row, now) for row in some]
        self._waiting.set_visibility(bool(waiting))
        self._empty.set_visibility(not waiting)
        self._aside.set_visibility(bool(ignored))
        self._sums.clear()
        with self._sums:
            if rows:
                figures(
                    {
                        "Wait for a decision": f"{len(waiting):,}",
                        "Their cost": _cost(waiting),
                        "Ignored": f"{len(ignored):,}",
                        "Cost of these": _cost(ignored),
                    }
                )


def _table(label: str) -> Listing:
    table = listing(label, COLUMNS, "nobody waits")
    table.add_slot("body-cell-state", STATE)
    table.add_slot("body-cell-why", WHY)
    table.add_slot("body-cell-invoice", INVOICE)
    table.add_slot("body-cell-days", DAYS)
    return table


def _cost(rows: Sequence[HoldRow]) -> str:
    return shown(add(Decimal(row.cost) for row in rows))


def _row(partner_id: str, row: HoldRow, now: datetime) -> dict[str, Any]:
    days = (now - row.since).days
    return {
        "key": f"{row.invoice_key}/{row.tenant_id}",
        "tenant": row.tenant_name,
        "state": of_tenant(row.state),
        "reason": without_marks(row.ignored_reason or ""),
        "trouble": without_marks(row.trouble or ""),
        "why": [
            {
                "message": without_marks(hold.message),
                "fix": place(partner_id, row.invoice_key, row.tenant_id, hold)._asdict(),
            }
            for hold in row.holds
        ],
        "invoice": f"{month(row.billing_month, short=True)} · {row.invoice_no}",
        "href": address(partner_id, "azure", row.invoice_key),
        "days": days,
        "age": "today" if days < 1 else f"{days} days" if days > 1 else "1 day",
        "cost": shown(row.cost),
    }


STATE = """
<q-td :props="props"><span class="badge" :class="props.value.tone">{{ props.value.word }}</span>
</q-td>
"""
WHY = """
<q-td :props="props"><div v-if="props.row.reason">{{ props.row.reason }}</div>
  <div v-if="props.row.trouble">{{ props.row.trouble }}
  <a class="button-link" :href="props.row.href">Invoice Details</a></div>
  <div v-for="one in props.value">{{ one.message }}
  <a class="button-link" :href="one.fix.href">{{ one.fix.words }}</a></div></q-td>
"""
INVOICE = """
<q-td :props="props"><a class="button-link" :href="props.row.href">{{ props.value }}</a></q-td>
"""
DAYS = '<q-td :props="props">{{ props.row.age }}</q-td>'
