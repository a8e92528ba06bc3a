"""Show Breakdown: the lines behind a tenant's charges, filtered, sorted, grouped by the owner."""

import asyncio
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from nicegui import background_tasks, events, ui
from pydantic import BaseModel
from syncline_contracts.breakdown_query import (
    GroupBy,
    GroupLines,
    LineGroup,
    LineGroups,
    Lines,
    ListLines,
)
from syncline_contracts.mapping_query import GetTenant, TenantDetails
from syncline_contracts.query import Query

from syncline_portal.lines import Format
from syncline_portal.look import button
from syncline_portal.look.figures import figures
from syncline_portal.look.frame import address
from syncline_portal.look.money import aligned, percent, shown
from syncline_portal.look.month_chart import INK
from syncline_portal.look.original import original_row
from syncline_portal.look.page import Opened, page
from syncline_portal.look.pager import Pager
from syncline_portal.look.table import EVERY, Column, listing
from syncline_portal.look.trouble import told

A = TypeVar("A", bound=BaseModel)
ROWS = 50
GROUPS_SHOWN = 200
GROUPS: dict[GroupBy | str, str] = {
    "": "Not grouped",
    "vendor_item": "Vendor Item",
    "subscription": "Subscription",
    "resource_group": "Resource group",
    "meter": "Meter",
    "day": "Day",
}
GROUP_ROWS = 10
TYPED_MS = 100
"""After the last letter: so long a filter waits for the next one."""
PATIENCE_S = 30.0
PATIENT_S = 0.2
"""So long the groups are waited for before the lines are shown without them."""
GROUP_COLUMNS = (
    Column("label", "Group"),
    Column("lines", "Lines", "right"),
    Column("cost", "Cost", "right"),
    Column("sell", "Sell", "right"),
)
LINE_COLUMNS = (
    Column("row", "Row", "right"),
    Column("day", "Date", sortable=True),
    Column("vendor_item", "Vendor Item", sortable=True),
    Column("meter", "Description", sortable=True),
    Column("subscription", "Subscription", sortable=True),
    Column("resource_group", "Resource group", sortable=True),
    Column("quantity", "Quantity", "right", sortable=True),
    Column("cost", "Cost", "right", sortable=True),
    Column("rrp", "RRP", "right", sortable=True),
    Column("percent", "Percent", "right", sortable=True),
    Column("sell", "Sell", "right", sortable=True),
)
"""By the names that the owner sorts by; a row is where it is in the document."""


@page("/azure/{invoice_key}/tenants/{tenant_id:path}", "Show Breakdown", "azure")
async def breakdown(opened: Opened) -> None:
    """Build the page."""
    await _Page(opened).build()


class _Page:
    def __init__(self, opened: Opened) -> None:
        self._visit = opened.visit
        self._key = opened.path["invoice_key"]
        self._tenant_id = opened.path["tenant_id"]
        item = opened.asks.get("item")
        self._within: dict[GroupBy, str] = {"vendor_item": item} if item else {}
        self._labels: dict[GroupBy, str] = dict(self._within)
        self._total: int | None = None

    async def build(self) -> None:
        details = await self._visit.ask(GetTenant(**self._about()))
        self._head(details)
        with ui.element("div").classes("bar"):
            find = ui.input("Filter", on_change=self._changed).props("outlined dense clearable")
            self._find = find.props(f"debounce={TYPED_MS}").classes("grow")
            by = ui.select(GROUPS, value="subscription", label="Group by", on_change=self._changed)
            self._by = by.props("outlined dense").style("min-width: 11rem")
            button.plain("Export CSV", partial(self._export, "csv"))
            button.plain("Export XLSX", partial(self._export, "xlsx"))
        self._chips = ui.element("div").classes("bar")
        self._sums = ui.element("div").classes("full-width")
        self._groups = listing("Groups", GROUP_COLUMNS, "no line is like that", rows=GROUP_ROWS)
        self._groups.add_slot("body-cell-label", GROUP)
        self._groups.on("within", self._enter)
        self._cut = ui.label().classes("lead")
        chart = ui.echart(_chart(())).classes("card").style("height: 16rem")
        self._chart = chart.props('role=img aria-label="Cost by day"')
        self._document = details.document_sha256
        self._lines = listing("Lines", LINE_COLUMNS, "no line is like that", rows=EVERY).classes(
            "tight"
        )
        self._lines.add_slot("body-cell-row", ROW)
        self._lines.pagination = {"rowsPerPage": EVERY, "rowsNumber": 1}  # sorted by the owner
        self._lines.on("request", self._sorted, ["pagination"])
        self._lines.on("original", self._original)
        self._pager = Pager("Lines", ROWS, self._turned)
        if self._within:
            await self._changed()
        else:
            await self._first(details)

    async def _first(self, details: TenantDetails) -> None:
        """The lines at once; of a tenant with very many, the groups follow."""
        self._total = details.row.lines
        self._show_sums(self._total, details.row.cost, None)
        self._show_lines(await self._ask(self._lines_query()))
        query = self._groups_query()
        asking = background_tasks.create(self._ask(query))
        await asyncio.wait((asking,), timeout=PATIENT_S)
        if not asking.done():
            self._groups.props("loading")
            await ui.context.client.connected()
        with told(self._visit):
            grouped = await asking
            if query == self._groups_query():
                self._show_groups(grouped)

    def _head(self, details: TenantDetails) -> None:
        visit = self._visit
        ui.link("Invoice Details", address(visit.partner_id, "azure", self._key))
        ui.html("<h1>Show Breakdown</h1>", sanitize=False)
        ui.label(details.row.tenant_name).classes("text-weight-bold")

    def _about(self) -> dict[str, Any]:
        return {
            "partner_id": self._visit.partner_id,
            "invoice_key": self._key,
            "tenant_id": self._tenant_id,
        }

    def _wanted(self) -> dict[str, Any]:
        return {
            **self._about(),
            "text": (self._find.value or "")[:400],
            "within": dict(self._within),
        }

    async def _changed(self) -> None:
        """Show what is wanted now, unless something else is by the time that it is known."""
        self._pager.restart()
        self._show_chips()
        queries = self._groups_query(), self._lines_query()
        with told(self._visit):
            grouped, lines = await asyncio.gather(self._ask(queries[0]), self._ask(queries[1]))
            if queries == (self._groups_query(), self._lines_query()):
                self._total = grouped.lines
                self._show_groups(grouped)
                self._show_lines(lines)

    async def _sorted(self, event: events.GenericEventArguments) -> None:
        self._lines.pagination = event.args["pagination"]
        await self._changed()

    def _order(self) -> dict[str, Any]:
        pagination = self._lines.pagination
        by, descending = pagination.get("sortBy"), bool(pagination.get("descending"))
        return {"order_by": by, "descending": descending} if by else {}

    async def _original(self, event: events.GenericEventArguments) -> None:
        with told(self._visit):
            if self._document is not None:
                await original_row(self._visit, self._document, int(str(event.args)))

    async def _enter(self, event: events.GenericEventArguments) -> None:
        by: GroupBy = self._by.value
        key, label = (str(one) for one in event.args)
        self._within[by], self._labels[by] = key, label
        await self._changed()

    async def _leave(self, by: GroupBy) -> None:
        self._within.pop(by, None)
        await self._changed()

    async def _turned(self) -> None:
        with told(self._visit):
            self._show_lines(await self._ask(self._lines_query()))

    def _groups_query(self) -> GroupLines:
        by: GroupBy = self._by.value or "vendor_item"
        return GroupLines(**self._wanted(), by=by, with_days=True)

    def _lines_query(self) -> ListLines:
        return ListLines(**self._wanted(), **self._order(), page=self._pager.page)

    async def _ask(self, query: Query[A]) -> A:
        return await self._visit.ask(query, timeout_s=PATIENCE_S)

    def _show_groups(self, grouped: LineGroups) -> None:
        self._show_sums(grouped.lines, grouped.cost, grouped.sell)
        self._groups.rows = [
            {
                "key": one.key,
                "label": one.label or "(not said)",
                "lines": f"{one.lines:,}",
                "cost": shown(one.cost),
                "sell": shown(one.sell),
            }
            for one in grouped.groups[:GROUPS_SHOWN]
        ]
        left_out = max(0, len(grouped.groups) - GROUPS_SHOWN)
        self._cut.text = f"And {left_out:,} more, with less cost: filter to see them."
        self._cut.set_visibility(left_out > 0)
        self._groups.props(remove="loading")
        self._groups.set_visibility(bool(self._by.value))
        self._chart.options.update(_chart(grouped.days))
        self._chart.set_visibility(len(grouped.days) > 1)
        self._chart.update()

    def _show_chips(self) -> None:
        self._chips.clear()
        with self._chips:
            for by in self._within:
                text = f"{GROUPS[by]}: {self._labels[by]}"
                chip = ui.chip(text, removable=True)
                chip.on("remove", lambda _, by=by: self._leave(by))

    def _show_sums(self, lines: int, cost: str, sell: str | None) -> None:
        self._sums.clear()
        with self._sums:
            figures({"Lines": f"{lines:,}", "Cost": shown(cost), "Sell": shown(sell)})

    def _show_lines(self, found: Lines) -> None:
        rows = [_row(line) for line in found.lines]
        for name in ("quantity", "percent"):
            for row, text in zip(rows, aligned([row[name] for row in rows]), strict=True):
                row[name] = text
        self._lines.rows = rows
        self._pager.show(len(found.lines), found.next_cursor, self._total)

    def _export(self, format: Format) -> None:
        asks: dict[str, str] = {"format": format, "text": self._find.value or ""}
        asks |= {str(by): key for by, key in self._within.items()}
        order = self._order()
        if order:
            asks |= {"sort": order["order_by"], "descending": str(order["descending"]).lower()}
        path = address(self._visit.partner_id, "export", self._key, self._tenant_id)
        ui.download.from_url(f"{path}?{urlencode(asks)}")


def _row(line: dict[str, Any]) -> dict[str, Any]:
    subscription = line.get("azure_subscription_name") or line.get("azure_subscription_id")
    return {
        "key": line["row"],
        "row": line["row"],
        "day": line.get("usage_date") or line.get("charge_start") or "",
        "vendor_item": line["vendor_item"],
        "meter": line.get("description") or line.get("product_name") or "",
        "subscription": subscription or line.get("subscription_id") or "",
        "resource_group": line.get("resource_group") or "",
        "quantity": line.get("quantity") or "",
        "cost": shown(line["cost"]),
        "rrp": shown(line.get("rrp")),
        "percent": percent(line["percent"]) if "percent" in line else "",
        "sell": shown(line.get("sell")),
    }


def _chart(days: tuple[LineGroup, ...]) -> dict[str, Any]:
    return {
        "title": {"text": "Cost by day", "left": 0, "textStyle": {"fontSize": 14, "color": INK}},
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "color": ["#0b7fd4"],
        "grid": {"left": 60, "right": 10, "top": 40, "bottom": 30},
        "xAxis": {
            "type": "category",
            "data": [one.key or "?" for one in days],
            "axisLabel": {"color": INK},
        },
        "yAxis": {"type": "value", "axisLabel": {"color": INK}},
        "series": [{"type": "bar", "data": [round(float(one.cost), 2) for one in days]}],
    }


GROUP = """
<q-td :props="props"><button class="as-link"
  @click="$parent.$emit('within', [props.row.key, props.row.label])">{{ props.value }}</button>
</q-td>
"""
ROW = """
<q-td :props="props"><button class="as-link"
  :aria-label="'Row ' + props.value + ' of the original document'"
  @click="$parent.$emit('original', props.value)">{{ props.value }}</button></q-td>
"""
