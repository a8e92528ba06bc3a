"""Work queue: what needs a decision, most money first."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from nicegui import ui
from syncline_contracts.mapping_query import HoldRow, ListHolds
from syncline_contracts.money import add

from syncline_portal.look.figures import figures
from syncline_portal.look.fix import place
from syncline_portal.look.frame import address
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.money import month, shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.state import of_tenant
from syncline_portal.look.table import Column, listing

COLUMNS = (
    Column("tenant", "Tenant", sortable=True),
    Column("state", "Status"),
    Column("why", "Why"),
    Column("invoice", "Invoice"),
    Column("age", "Waits", "right"),
    Column("cost", "Cost", "right"),
)


@page("/queue", "Work queue", "queue")
async def queue(opened: Opened) -> None:
    """Build the page."""
    visit = opened.visit
    ui.html("<h1>Work queue</h1>", sanitize=False)
    ui.label("What needs a decision, most money first.").classes("lead")
    sums = ui.element("div").classes("full-width")
    empty = ui.element("section").classes("card")
    with empty:
        ui.label("Nothing waits for you").classes("text-weight-bold")
        ui.link("See the invoices", address(visit.partner_id, "azure"))
    table = listing("Work queue", COLUMNS)
    table.add_slot("body-cell-state", STATE)
    table.add_slot("body-cell-why", WHY)
    table.add_slot("body-cell-invoice", INVOICE)

    async def refresh() -> None:
        rows = (await visit.ask(ListHolds(partner_id=visit.partner_id))).rows
        now = visit.portal.clock.now()
        table.rows = [_row(visit.partner_id, row, now) for row in rows]
        table.set_visibility(bool(rows))
        empty.set_visibility(not rows)
        sums.clear()
        with sums:
            if rows:
                figures(_sums(rows))

    await refresh()
    keep_fresh(visit, refresh)


def _sums(rows: tuple[HoldRow, ...]) -> dict[str, str]:
    waiting = [row for row in rows if row.state != "ignored"]
    ignored = [row for row in rows if row.state == "ignored"]
    return {
        "Wait for a decision": f"{len(waiting):,}",
        "Their cost": shown(add(Decimal(row.cost) for row in waiting)),
        "Ignored": f"{len(ignored):,}",
        "Cost of these": shown(add(Decimal(row.cost) for row in ignored)),
    }


def _row(partner_id: str, row: HoldRow, now: datetime) -> dict[str, Any]:
    days = (now - row.since).days
    return {
        "key": f"{row.invoice_key}/{row.tenant_id}",
        "tenant": row.tenant_name,
        "state": of_tenant(row.state),
        "why": [
            {
                "message": hold.message,
                "fix": place(partner_id, row.invoice_key, row.tenant_id, hold)._asdict(),
            }
            for hold in row.holds
        ],
        "invoice": f"{month(row.billing_month, short=True)} · {row.invoice_no}",
        "href": address(partner_id, "azure", row.invoice_key),
        "age": "today" if days < 1 else f"{days} days" if days > 1 else "1 day",
        "cost": shown(row.cost),
    }


STATE = """
<q-td :props="props"><span class="badge" :class="props.value.tone">{{ props.value.word }}</span>
</q-td>
"""
WHY = """
<q-td :props="props"><div v-for="one in props.value">{{ one.message }}
  <a class="button-link" :href="one.fix.href">{{ one.fix.words }}</a></div></q-td>
"""
INVOICE = """
<q-td :props="props"><a class="button-link" :href="props.row.href">{{ props.value }}</a></q-td>
"""
