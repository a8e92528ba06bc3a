"""Azure: the invoices that were detected, and where each of them stands."""

from typing import Any

from nicegui import events, ui
from syncline_contracts.ingest_query import Submitted
from syncline_contracts.invoice import INVOICE_STATUS_WORDS
from syncline_contracts.mapping_query import InvoiceView, ListInvoices
from syncline_contracts.month_query import ListMonths, MonthSum

from syncline_portal.intake import take_in
from syncline_portal.look import month_chart
from syncline_portal.look.frame import address
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.money import margin, month, shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.pager import Pager
from syncline_portal.look.state import of_invoice
from syncline_portal.look.table import EVERY, Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

LEAD = "Invoices from the distributor, the newest month first."
ROWS = 50
TYPED_MS = 100
"""After the last letter: so long a filter waits for the next one."""
ANY = ""
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
DETAILS = '<q-td :props="props"><a class="button-link" :href="props.value">View Details</a></q-td>'


@page("/azure", "Azure", "azure")
async def azure(opened: Opened) -> None:
    """Build the page."""
    await _Page(opened.visit).build()


class _Page:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._months: tuple[MonthSum, ...] = ()
        self._with_currency = False

    async def build(self) -> None:
        with ui.element("div").classes("bar"), ui.element("div").classes("grow"):
            ui.html("<h1>Azure</h1>", sanitize=False)
            self._lead = ui.label(LEAD).classes("lead")
        self._empty = ui.element("section").classes("card")
        with self._empty:
            ui.label("No invoice has been detected yet").classes("text-weight-bold")
            ui.label("One comes by itself from a source, or drop its file below.")
        self._filters()
        self._table = listing("Invoices", COLUMNS, "no invoice is like that", rows=EVERY).classes(
            "tight"
        )
        self._table.props(':grid="Quasar.Screen.lt.md"')
        self._table.add_slot("item", NARROW)
        self._table.add_slot("body-cell-status", STATUS)
        self._table.add_slot("body-cell-details", DETAILS)
        self._pager = Pager("Invoices", ROWS, self._turned)
        if self._visit.may("billing"):
            _drop_zone(self._visit)
        self._chart = ui.echart(month_chart.options(())).classes("card").style("height: 20rem")
        self._chart.props('role=img aria-label="Cost, sell and margin of the last months"')
        self._show_months(())
        await self._refresh()
        keep_fresh(self._visit, self._refresh)

    def _filters(self) -> None:
        self._bar = ui.element("div").classes("bar")
        words = {ANY: "Any status"} | dict(INVOICE_STATUS_WORDS.items())
        with self._bar:
            find = ui.input("Find an invoice", on_change=self._changed)
            find.props(f"outlined dense clearable debounce={TYPED_MS}").classes("grow")
            of = ui.select({ANY: "Any month"}, value=ANY, label="Month", on_change=self._changed)
            status = ui.select(words, value=ANY, label="Status", on_change=self._changed)
        for one in (of, status):
            one.props("outlined dense").style("min-width: 11rem")
        self._find, self._month, self._status = find, of, status

    async def _changed(self) -> None:
        self._pager.restart()
        await self._turned()

    async def _turned(self) -> None:
        with told(self._visit):
            await self._show_invoices()

    async def _refresh(self) -> None:
        """What is on the page, and no more than that."""
        found = (await self._visit.ask(ListMonths(partner_id=self._visit.partner_id))).months
        if found != self._months:
            self._months = found
            self._show_months(found)
        await self._show_invoices()

    def _show_months(self, found: tuple[MonthSum, ...]) -> None:
        currencies = {one.currency for one in found}
        self._with_currency = len(currencies) > 1
        if len(currencies) == 1:
            self._lead.text = f"{LEAD} Amounts in {currencies.pop()}, before tax."
        names = {one.billing_month: month(one.billing_month, short=True) for one in found}
        self._month.set_options({ANY: "Any month", **names})
        for one in (self._bar, self._table, self._pager, self._chart):
            one.set_visibility(bool(found))
        self._empty.set_visibility(not found)
        self._chart.options.update(month_chart.options(found))
        self._chart.update()

    async def _show_invoices(self) -> None:
        query = self._query()
        found = await self._visit.ask(query)
        if query != self._query():  # something else is wanted by now
            return
        rows = [_row(self._visit, one, self._with_currency) for one in found.invoices]
        if rows != self._table.rows:
            self._table.rows = rows
        self._pager.show(len(found.invoices), found.next_cursor)

    def _query(self) -> ListInvoices:
        return ListInvoices(
            partner_id=self._visit.partner_id,
            billing_month=self._month.value or None,
            status=self._status.value or None,
            text=(self._find.value or "")[:200],
            page=self._pager.page,
        )


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


def _drop_zone(visit: Visit) -> None:
    async def received(event: events.UploadEventArguments) -> None:
        with told(visit):
            call = await visit.call("billing")
            answer = await take_in(call, visit.partner_id, event.file.name, event.file.iterate())
            _tell(answer)
        zone.reset()

    zone = ui.upload(auto_upload=True).on_upload(received)
    with zone.add_slot("header"), ui.element("p").classes("q-ma-none q-pa-md"):
        ui.label("Drop an invoice file here, or ").style("display: inline")
        choose = ui.element("button").props("type=button").classes("as-link")
        choose.on("click", js_handler=f"() => runMethod({zone.id}, 'pickFiles', [])")
        with choose:
            ui.label("choose one")
        with ui.element("label").style("display: none"):
            ui.label("File")
            ui.element("q-uploader-add-trigger")
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
