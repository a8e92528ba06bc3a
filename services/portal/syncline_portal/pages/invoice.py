"""Invoice Details: a row per tenant, what it waits for, and the way to Sync Now."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from nicegui import events, ui
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.mapping_query import GetInvoice, GetTenant, InvoiceDetails, TenantRow
from syncline_contracts.money import ZERO

from syncline_portal.last_month import last_month
from syncline_portal.look import button
from syncline_portal.look.dialog import heading
from syncline_portal.look.drift import TEMPLATE, advice, drifts, was_undone
from syncline_portal.look.figures import figures
from syncline_portal.look.fix import place
from syncline_portal.look.frame import address
from syncline_portal.look.hops import hops
from syncline_portal.look.live import keep_fresh
from syncline_portal.look.marks import without_marks
from syncline_portal.look.money import NONE, change, margin, month, percent, shown
from syncline_portal.look.page import Opened, page
from syncline_portal.look.state import of_invoice, of_tenant
from syncline_portal.look.table import Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.pages.edit_mappings import edit_mappings
from syncline_portal.pages.ignore import ignore
from syncline_portal.pages.propose import Accepted, offer_to_take_back, proposals
from syncline_portal.pages.reprice import OlderPrices
from syncline_portal.pages.sync_now import FAILED, retried, sync_now
from syncline_portal.pages.undo import undo

IN_PSA = ("synced", "verified", "failed", "drifted")
NEEDS_A_DECISION = ("held", *FAILED)
ASIDE = ("received", "held", "ignored", "reversed")
CAN_IGNORE = ("held", "ready", "planned", "ignored")
CAN_SYNC = ("ready", "planned", *FAILED)
COLUMNS = (
    Column("open", ""),
    Column("name", "Tenant", sortable=True),
    Column("client", "Client Mapped Status"),
    Column("products", "Product Mapped Status"),
    Column("word", "Status", sortable=True),
    Column("cost", "Cost", "right"),
    Column("sell", "Sell", "right"),
    Column("margin", "Margin", "right"),
    Column("actions", "", "right"),
)


@page("/azure/{invoice_key}", "Invoice Details", "azure")
async def invoice(opened: Opened) -> None:
    """Build the page."""
    await _Page(opened, await opened.visit.psa(opened.partner)).build()


class _Page:
    def __init__(self, opened: Opened, psa: Manifest | None) -> None:
        self._opened = opened
        self._visit = opened.visit
        self._psa = psa
        self._key = opened.path["invoice_key"]
        self._charges: dict[str, list[dict[str, Any]]] = {}
        self._drifts: dict[str, list[dict[str, Any]]] = {}
        self._accepted = Accepted(opened.visit)
        self._offered: tuple[str, ...] = ()

    async def build(self) -> None:
        details = await self._ask()
        ui.link("Azure", address(self._visit.partner_id, "azure"))
        ui.html("<h1>Invoice Details</h1>", sanitize=False)
        with ui.element("div").classes("bar"):
            self._head = ui.element("div").classes("bar grow").style("width: auto")
            self._undo_all, self._retry, self._sync = self._buttons()
        self._figures = ui.element("div").classes("full-width")
        self._older = OlderPrices(self._visit)
        with ui.element("section").classes("card"):
            heading("Tie-out")
            self._hops = ui.element("div").classes("q-mt-sm")
        with ui.element("div").classes("bar"):
            heading("Tenants").classes("grow")
            self._propose = button.plain("Proposals", self._proposals)
            self._find = ui.input("Find a tenant").props("outlined dense clearable")
        self._taken = ui.element("div").classes("full-width")
        self._table = self._make_table()
        self._find.bind_value_to(self._table, "filter")
        self._show(details)
        ui.timer(0, self._first_look_at_prices, once=True)  # the tenants are there first
        keep_fresh(self._visit, self._refresh)
        asked = [row for row in details.tenants if row.tenant_id == self._opened.asks.get("edit")]
        if asked and self._visit.may("billing"):
            await self._edit_mappings(asked[0])

    async def _ask(self) -> InvoiceDetails:
        query = GetInvoice(partner_id=self._visit.partner_id, invoice_key=self._key)
        return await self._visit.ask(query)

    async def _refresh(self) -> None:
        self._show(await self._ask())
        for tenant_id in list(self._charges):
            await self._load(tenant_id)
        await self._look_at_prices()

    async def _first_look_at_prices(self) -> None:
        with told(self._visit):
            await self._look_at_prices()

    async def _look_at_prices(self) -> None:
        await self._older.look(self._details)
        for row in self._table.rows:
            row["older"] = self._older.of(row["key"])
        self._table.update()

    def _show(self, details: InvoiceDetails) -> None:
        self._details = details
        one = details.invoice
        self._head.clear()
        with self._head:
            ui.label(f"{month(one.billing_month)} · {one.invoice_no}").classes("text-weight-bold")
            if one.revision > 1:
                ui.label(f"Revision {one.revision}").classes("badge calm")
            status = of_invoice(one.status)
            ui.label(status["word"]).classes(f"badge {status['tone']}").props("id=status")
            ui.label(f"Amounts in {one.currency}, before tax.").classes("lead grow")
        self._figures.clear()
        with self._figures:
            figures(
                {
                    "Tenants": f"{one.tenants:,}",
                    "Lines": f"{one.lines:,}",
                    "Cost": shown(one.cost),
                    "RRP": shown(one.rrp),
                    "Sell": shown(one.sell),
                    "Margin": margin(one.cost, one.sell),
                    "Held": shown(one.held_cost),
                }
            )
        states = {row.state for row in details.tenants}
        self._undo_all.set_visibility(self._visit.may("billing") and bool(states & set(IN_PSA)))
        self._retry.set_visibility(self._visit.may("billing") and bool(retried(details.tenants)))
        self._sync.set_enabled(bool(states & set(CAN_SYNC)))
        aside = sum((Decimal(row.sell or 0) for row in details.tenants if row.state in ASIDE), ZERO)
        self._hops.clear()
        with self._hops:
            hops(one.tie_out, self._psa.title if self._psa else "the PSA", aside)
        tenants = sorted(details.tenants, key=_urgency)
        self._table.rows = [self._row(row) for row in tenants]
        is_open = any(not row.client_mapped and row.state == "held" for row in tenants)
        can = self._psa is not None and self._visit.may("billing")
        self._propose.set_visibility(is_open and can)
        self._show_accepted(tenants)
        self._table.update()

    def _show_accepted(self, tenants: list[TenantRow]) -> None:
        """What was mapped from proposals is offered to be taken back until it is synced."""
        open_ones = (row.tenant_id for row in tenants if row.state in CAN_IGNORE)
        accepted = self._accepted.of(open_ones)
        if accepted != self._offered:
            self._offered = accepted
            self._taken.clear()
            with self._taken:
                if accepted:
                    offer_to_take_back(self._visit, self._accepted, accepted)

    def _buttons(self) -> tuple[ui.button, ui.button, ui.button]:
        back = button.plain("Undo", lambda: undo(self._visit, self._details, None))
        retry = button.plain("Retry failed", self._retry_failed)
        sync = button.main("Sync Now", lambda: sync_now(self._visit, self._details))
        sync.set_visibility(self._visit.may("billing"))
        return back, retry, sync

    async def _retry_failed(self) -> None:
        await sync_now(self._visit, self._details, retried(self._details.tenants))

    def _make_table(self) -> ui.table:
        client = self._psa.vocabulary.client if self._psa else "Client"
        table = listing("Tenants", COLUMNS, "no tenant is on this invoice")
        table.add_slot("body", BODY.replace("CLIENT", client).replace("DRIFTS", TEMPLATE))
        table.on("load", self._opened_row)
        table.on("edit", self._edit)
        table.on("undo", self._undo)
        table.on("again", self._sync_again)
        table.on("reprice", self._reprice)
        table.on("ignore", self._ignore)
        return table

    def _row(self, row: TenantRow) -> dict[str, Any]:
        state = of_tenant(row.state, row.changed)
        return {
            "key": row.tenant_id,
            "name": row.tenant_name,
            "client": row.client_name or "",
            "mapped": row.client_mapped,
            "products": row.products_mapped,
            "word": state["word"],
            "tone": state["tone"],
            "cost": shown(row.cost),
            "sell": shown(row.sell),
            "margin": margin(row.cost, row.sell),
            "holds": [
                {
                    "message": without_marks(hold.message),
                    "item": hold.vendor_item or "",
                    "fix": place(self._visit.partner_id, self._key, row.tenant_id, hold)._asdict(),
                }
                for hold in (*row.holds, *row.warnings)
            ],
            "why": without_marks(row.failure or row.ignored_reason or ""),
            "newer": without_marks(row.newer_prices.message) if row.newer_prices else "",
            "records": [
                {"label": one.label, "amount": shown(one.amount), "url": _safe(one.url)}
                for one in (*row.records, *row.offsets)
            ],
            "can_undo": row.state in IN_PSA
            and bool(row.records or row.offsets)
            and self._visit.may("billing"),
            "can_sync_again": (
                row.state == "reversed" or (row.state == "failed" and was_undone(row))
            )
            and self._visit.may("billing"),
            "older": self._older.of(row.tenant_id),
            "can_reprice": self._visit.may("billing"),
            "ignored": row.state == "ignored",
            "can_ignore": row.state in CAN_IGNORE and self._visit.may("billing"),
            "can_edit": self._visit.may("billing") and self._psa is not None,
            "charges": self._charges.get(row.tenant_id),
            "drifts": self._drifts.get(row.tenant_id, []),
            "drift_advice": advice(row),
            "breakdown": self._breakdown(row.tenant_id),
        }

    def _breakdown(self, tenant_id: str) -> str:
        return address(self._visit.partner_id, "azure", self._key, "tenants", tenant_id)

    async def _proposals(self) -> None:
        if self._psa:
            await proposals(self._visit, self._psa, self._key, self._accepted)

    async def _opened_row(self, event: events.GenericEventArguments) -> None:
        with told(self._visit):
            await self._load(str(event.args))

    async def _load(self, tenant_id: str) -> None:
        query = GetTenant(
            partner_id=self._visit.partner_id, invoice_key=self._key, tenant_id=tenant_id
        )
        found = await self._visit.ask(query)
        self._drifts[tenant_id] = drifts(found)
        before = await last_month(self._visit, self._details.invoice, tenant_id)
        self._charges[tenant_id] = [
            {
                "item": one.vendor_item,
                "breakdown": f"{self._breakdown(tenant_id)}?{urlencode({'item': one.vendor_item})}",
                "description": one.description,
                "product": one.product_name or one.product_id,
                "lines": f"{one.lines:,}",
                "cost": shown(one.cost),
                "rrp": shown(one.rrp),
                "percent": percent(one.percent),
                "sell": shown(one.sell),
                "margin": margin(one.cost, one.sell),
                "change": NONE if before is None else change(one.sell, before.get(one.vendor_item)),
            }
            for one in found.charges
        ]
        for row in self._table.rows:
            if row["key"] == tenant_id:
                row["charges"] = self._charges[tenant_id]
                row["drifts"] = self._drifts[tenant_id]
        self._table.update()

    def _tenant(self, event: events.GenericEventArguments) -> TenantRow:
        return next(one for one in self._details.tenants if one.tenant_id == str(event.args))

    async def _edit(self, event: events.GenericEventArguments) -> None:
        await self._edit_mappings(self._tenant(event))

    async def _edit_mappings(self, row: TenantRow) -> None:
        with told(self._visit):
            if self._psa is not None:
                await edit_mappings(self._visit, self._opened.partner, self._psa, self._key, row)

    async def _sync_again(self, event: events.GenericEventArguments) -> None:
        await sync_now(self._visit, self._details, (self._tenant(event).tenant_id,))

    async def _undo(self, event: events.GenericEventArguments) -> None:
        undo(self._visit, self._details, self._tenant(event))

    async def _reprice(self, event: events.GenericEventArguments) -> None:
        self._older.reprice(self._details, str(event.args))

    async def _ignore(self, event: events.GenericEventArguments) -> None:
        await ignore(self._visit, self._details, self._tenant(event))


def _urgency(row: TenantRow) -> tuple[bool, Decimal]:
    """What needs a decision comes first, most money first."""
    return row.state not in NEEDS_A_DECISION, -Decimal(row.cost)


def _safe(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


BODY = """
<q-tr :props="props">
  <q-td auto-width><q-btn flat round dense class="plain"
    :icon="props.expand ? 'expand_less' : 'expand_more'"
    :aria-expanded="props.expand ? 'true' : 'false'" :aria-label="'Charges of ' + props.row.name"
    @click="props.expand = !props.expand; if (props.expand) $parent.$emit('load', props.row.key)"
    ></q-btn></q-td>
  <q-td key="name" :props="props"><b>{{ props.row.name }}</b></q-td>
  <q-td key="client" :props="props">
    <template v-if="props.row.mapped"><span class="badge good">Mapped</span>
      <div class="lead">{{ props.row.client }}</div></template>
    <span v-else class="badge warn">Not mapped</span></q-td>
  <q-td key="products" :props="props">
    <span v-if="props.row.products" class="badge good">Mapped</span>
    <span v-else class="badge warn">Not mapped</span></q-td>
  <q-td key="word" :props="props"><span class="badge" :class="props.row.tone">
    {{ props.row.word }}</span></q-td>
  <q-td key="cost" :props="props">{{ props.row.cost }}</q-td>
  <q-td key="sell" :props="props">{{ props.row.sell }}</q-td>
  <q-td key="margin" :props="props">{{ props.row.margin }}</q-td>
  <q-td key="actions" :props="props"><q-btn v-if="props.row.can_edit" flat dense class="plain"
    label="Edit Mappings" @click="$parent.$emit('edit', props.row.key)"></q-btn></q-td>
</q-tr>
<q-tr v-if="props.expand" :props="props" no-hover>
  <q-td colspan="100%" style="white-space: normal">
    <ul v-if="props.row.holds.length" class="q-my-sm">
      <li v-for="hold in props.row.holds"><b v-if="hold.item">{{ hold.item }}: </b>
        {{ hold.message }}
        <a class="button-link" :href="hold.fix.href">{{ hold.fix.words }}</a></li></ul>
    <p v-if="props.row.why" class="note warn">{{ props.row.why }}</p>
    <p v-if="props.row.newer" class="note warn">{{ props.row.newer }}</p>
    DRIFTS
    <p v-if="!props.row.charges" class="lead">The charges are on their way ...</p>
    <div v-else class="wide"><table class="inner">
      <thead><tr><th>Vendor Item</th><th>Product</th><th class="num">Lines</th>
        <th class="num">Cost</th><th class="num">RRP</th><th class="num">Percentage Off RRP</th>
        <th class="num">Sell</th><th class="num">Margin</th>
        <th class="num">To last month</th></tr></thead>
      <tbody><tr v-for="charge in props.row.charges">
        <td><a class="button-link" :href="charge.breakdown"
          :aria-label="'Show Breakdown of ' + charge.item">{{ charge.item }}</a>
          <br>{{ charge.description }}</td><td>{{ charge.product }}</td>
        <td class="num">{{ charge.lines }}</td><td class="num">{{ charge.cost }}</td>
        <td class="num">{{ charge.rrp }}</td><td class="num">{{ charge.percent }}</td>
        <td class="num">{{ charge.sell }}</td><td class="num">{{ charge.margin }}</td>
        <td class="num">{{ charge.change }}</td>
      </tr></tbody></table></div>
    <ul v-if="props.row.records.length" class="q-my-sm" aria-label="Records in the PSA">
      <li v-for="record in props.row.records">
        <a v-if="record.url" :href="record.url" target="_blank" rel="noopener noreferrer">
          {{ record.label }}</a>
        <span v-else>{{ record.label }}</span>: {{ record.amount }}</li></ul>
    <div class="bar"><a class="button-link" :href="props.row.breakdown">Show Breakdown</a>
      <q-btn v-if="props.row.can_ignore" flat dense class="plain"
        :label="props.row.ignored ? 'Take back: do not ignore' : 'Ignore'"
        @click="$parent.$emit('ignore', props.row.key)"></q-btn>
      <template v-if="props.row.older"><span>With the prices of now: {{ props.row.older }}</span>
        <q-btn v-if="props.row.can_reprice" flat dense class="plain" label="Re-price"
          @click="$parent.$emit('reprice', props.row.key)"></q-btn></template>
      <q-btn v-if="props.row.can_sync_again" flat dense class="plain" label="Sync again"
        @click="$parent.$emit('again', props.row.key)"></q-btn>
      <q-btn v-if="props.row.can_undo" flat dense class="plain" label="Undo"
        @click="$parent.$emit('undo', props.row.key)"></q-btn></div>
  </q-td>
</q-tr>
"""
