"""Azure: the invoices that were detected, and where each of them stands."""

from decimal import Decimal
from typing import Any

from nicegui import events, ui
from syncline_contracts.ingest_query import Submitted
from syncline_contracts.mapping_query import InvoiceView, ListInvoices
from syncline_contracts.query import Page

from syncline_portal.intake import take_in
from syncline_portal.look.frame import address
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.money import margin, month, shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.state import of_invoice
from syncline_portal.look.table import EVERY, Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

MONTHS = 13
LEAD = "Invoices from the distributor, the newest month first."
INK = "#7d8896"
"""Readable on light and on dark."""
COLUMNS = (
    Column("month", "Month"),
    Column("number", "Invoice"),
    Column("status", "Status"),
    Column("details", ""),
    Column("tenants", "Tenants", "right"),
    Column("lines", "Lines", "right"),
    Column("cost", "Cost", "right"),
    Column("rrp", "RRP", "right"),
    Column("sell", "Sell", "right"),
    Column("margin", "Margin", "right"),
    Column("held", "Held", "right"),
)
STATUS = (
    '<q-td :props="props"><span class="badge" :class="props.value.tone">'
    "{{ props.value.word }}</span></q-td>"
)
NARROW = """
<article class="card q-mb-sm">
  <div v-for="col in props.cols" :key="col.name" class="pair">
    <span class="lead">{{ col.label }}</span>
    <span v-if="col.name === 'status'" class="badge" :class="col.value.tone">
      {{ col.value.word }}</span>
    <a v-else-if="col.name === 'details'" class="button-link" :href="col.value">View Details</a>
    <span v-else>{{ col.value }}</span>
  </div>
</article>
"""
DROP = """
<p class="q-ma-none q-pa-md">Drop an invoice file here, or
  <button type="button" class="as-link" @click="props.pickFiles">choose one</button></p>
<label style="display: none">File <q-uploader-add-trigger></q-uploader-add-trigger></label>
"""
DETAILS = '<q-td :props="props"><a class="button-link" :href="props.value">View Details</a></q-td>'


@page("/azure", "Azure", "azure")
async def azure(opened: Opened) -> None:
    """Build the page."""
    visit = opened.visit
    with ui.element("div").classes("bar"), ui.element("div").classes("grow"):
        ui.html("<h1>Azure</h1>", sanitize=False)
        lead = ui.label(LEAD).classes("lead")
    empty = ui.element("section").classes("card")
    with empty:
        ui.label("No invoice has been detected yet").classes("text-weight-bold")
        ui.label("One comes by itself from a source, or drop its file below.")
    table = listing("Invoices", COLUMNS, rows=EVERY).classes("tight")
    table.props(':grid="Quasar.Screen.lt.md"')
    table.add_slot("item", NARROW)
    table.add_slot("body-cell-status", STATUS)
    table.add_slot("body-cell-details", DETAILS)
    if visit.may("billing"):
        _drop_zone(visit)
    chart = ui.echart(_chart([])).classes("card").style("height: 20rem")
    chart.props('role=img aria-label="Cost, sell and margin of the last months"')

    async def refresh() -> None:
        invoices = await _invoices(visit)
        currencies = {one.currency for one in invoices}
        table.rows = [_row(visit, one, len(currencies) > 1) for one in invoices]
        if len(currencies) == 1:
            lead.text = f"{LEAD} Amounts in {currencies.pop()}, before tax."
        table.set_visibility(bool(invoices))
        empty.set_visibility(not invoices)
        chart.options.update(_chart(invoices))
        chart.set_visibility(bool(invoices))
        chart.update()

    await refresh()
    keep_fresh(visit, refresh)


async def _invoices(visit: Visit) -> list[InvoiceView]:
    found: list[InvoiceView] = []
    page: Page | None = Page(limit=200)
    while page is not None:
        answer = await visit.ask(ListInvoices(partner_id=visit.partner_id, page=page))
        found += answer.invoices
        page = Page(limit=200, cursor=answer.next_cursor) if answer.next_cursor else None
    return found


def _row(visit: Visit, invoice: InvoiceView, with_currency: bool) -> dict[str, Any]:
    return {
        "key": invoice.invoice_key,
        "month": month(invoice.billing_month, short=True),
        "number": invoice.invoice_no,
        "status": of_invoice(invoice.status),
        "tenants": f"{invoice.tenants:,}",
        "lines": f"{invoice.lines:,}",
        "cost": shown(invoice.cost) + (f" {invoice.currency}" if with_currency else ""),
        "rrp": shown(invoice.rrp),
        "sell": shown(invoice.sell),
        "margin": margin(invoice.cost, invoice.sell),
        "held": shown(invoice.held_cost),
        "details": address(visit.partner_id, "azure", invoice.invoice_key),
    }


def _chart(invoices: list[InvoiceView]) -> dict[str, Any]:
    """Cost, sell and margin a month; of the currency that most invoices are in."""
    currencies = [one.currency for one in invoices]
    currency = max(set(currencies), key=currencies.count, default="")
    sums: dict[str, list[Decimal]] = {}
    for one in invoices:
        if one.currency == currency and one.status != "superseded":
            entry = sums.setdefault(one.billing_month, [Decimal(0), Decimal(0)])
            entry[0] += Decimal(one.cost)
            entry[1] += Decimal(one.sell)
    months = sorted(sums)[-MONTHS:]
    series = {
        "Cost": [sums[one][0] for one in months],
        "Sell": [sums[one][1] for one in months],
        "Margin": [sums[one][1] - sums[one][0] for one in months],
    }
    return {
        "title": {
            "text": f"Last {MONTHS} months, {currency}",
            "left": 0,
            "textStyle": {"fontSize": 14, "color": INK},
        },
        "color": ["#8aa4bf", "#0b7fd4", "#2fa46a"],
        "legend": {"left": 0, "top": 24, "textStyle": {"color": INK}},
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 70, "right": 20, "top": 60, "bottom": 30},
        "xAxis": {
            "type": "category",
            "data": [month(one, short=True) for one in months],
            "axisLabel": {"color": INK},
        },
        "yAxis": {"type": "value", "axisLabel": {"color": INK}},
        "series": [
            {
                "name": name,
                "type": "line" if name == "Margin" else "bar",
                "barMaxWidth": 40,
                "data": [round(float(value), 2) for value in values],
            }
            for name, values in series.items()
        ],
    }


def _drop_zone(visit: Visit) -> None:
    async def received(event: events.UploadEventArguments) -> None:
        with told(visit):
            call = await visit.call("billing")
            answer = await take_in(call, visit.partner_id, event.file.name, event.file.iterate())
            _tell(answer)
        zone.reset()

    zone = ui.upload(auto_upload=True).on_upload(received)
    zone.add_slot("header", DROP)
    zone.classes("card").props('flat aria-label="Upload an invoice"')


def _tell(answer: Submitted) -> None:
    document = answer.document
    match answer.outcome:
        case "accepted":
            text = f"{document.name} was taken in: invoice {document.invoice_no}."
            ui.notify(text, type="positive", multi_line=True)
        case "already_known":
            ui.notify(f"{document.name} is known already; nothing has changed.", type="info")
        case "rejected":
            place = [f"row {document.row}"] if document.row else []
            place += [f"column {document.column}"] if document.column else []
            where = f" ({', '.join(place)})" if place else ""
            text = f"{document.name} was refused{where}: {document.message}"
            ui.notify(text, type="negative", timeout=0, close_button="Close", multi_line=True)
