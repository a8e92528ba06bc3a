"""Show Breakdown: sorted by any column, the days as a chart, groups that are cut said, the row."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from nicegui import app as site
from nicegui import ui
from starlette.requests import Request
from starlette.responses import StreamingResponse
from syncline_contracts.breakdown_query import (
    GroupLines,
    LineGroup,
    LineGroups,
    Lines,
    ListLines,
)
from syncline_contracts.ingest_query import GetOriginalRow
from syncline_contracts.mapping_query import GetTenant, TenantDetails
from syncline_portal.lines import MEDIA_TYPES
from syncline_portal.look.month_chart import INK
from syncline_portal.look.table import Listing
from syncline_portal.pages.breakdown import GROUPS_SHOWN, breakdown
from syncline_portal.pages.export import export
from syncline_portal.routes.tenants import Order, Wanted
from syncline_portal.session import COOKIE
from syncline_portal.token import digest_of

from tests.unit.portal.answers import KEY, ROW, TENANT, TIE_OUT
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import opened, press, seeing, sees, until

PATH = {"invoice_key": KEY, "tenant_id": TENANT}
LINE = {"row": 7, "vendor_item": "AZ-CONS", "cost": "21.39", "quantity": "1"}
SHA = "ab" * 32


def group(key: str, cost: str) -> LineGroup:
    return LineGroup(key=key, label=key, lines=1, cost=cost, sell=cost)


def answered(fakes: FakePortal, groups: int = 1) -> None:
    details = TenantDetails(row=ROW, charges=(), tie_out=TIE_OUT, plan=None, document_sha256=SHA)
    fakes.bus.answers[GetTenant] = details
    fakes.bus.answers[ListLines] = Lines(lines=(LINE,))
    fakes.bus.answers[GroupLines] = LineGroups(
        groups=tuple(group(f"g-{n}", "1") for n in range(groups)),
        lines=4,
        cost="1347.84",
        sell="1552.35",
        days=(group("2026-10-01", "47.84"), group("2026-10-02", "1300")),
    )


def asked(fakes: FakePortal) -> list[tuple[Any, bool]]:
    found = [one for one, _ in fakes.bus.asked if isinstance(one, ListLines)]
    return [(one.order_by, one.descending) for one in found]


async def test_every_column_is_sorted_by_the_owner_and_exported_in_that_order(
    fakes: FakePortal,
) -> None:
    answered(fakes)
    page = await opened(fakes, "viewer", PATH, item="AZ CONS")
    async with seeing(lambda: breakdown(page)) as user:
        await sees(user, "Lines 1 to 1 of 4")
        with user as client:
            (table,) = [
                one
                for one in client.elements.values()
                if isinstance(one, Listing) and one.props["aria-label"] == "Lines"
            ]
            named = [one["name"] for one in table.columns if one["sortable"]]
            (listener,) = [one for one in table._event_listeners.values() if one.type == "request"]
            for name in named:
                args = {"pagination": {"sortBy": name, "descending": True}}
                table._handle_event({"listener_id": listener.id, "args": args})
                await until(lambda name=name: asked(fakes)[-1] == (name, True))  # type: ignore[misc]
        assert len(named) == 10
        user.find("Export CSV").click()
        asks = (await user.download.next()).request.url.params
    assert dict(asks) == {
        "format": "csv",
        "text": "",
        "vendor_item": "AZ CONS",
        "sort": "sell",
        "descending": "true",
    }


async def test_costs_of_the_days_are_a_chart(fakes: FakePortal) -> None:
    answered(fakes)
    page = await opened(fakes, "viewer", PATH)
    async with seeing(lambda: breakdown(page)) as user:
        await sees(user, "Lines 1 to 1 of 4")
        (chart,) = user.find(ui.echart).elements
        assert chart.options["xAxis"]["data"] == ["2026-10-01", "2026-10-02"]
        assert chart.options["series"][0]["data"] == [47.84, 1300.0]
        await user.should_not_see("more, with less cost")
        axes = [chart.options[name]["axisLabel"] for name in ("xAxis", "yAxis")]
        texts = [chart.options["title"]["textStyle"], *axes]
        assert [one["color"] for one in texts] == [INK] * 3  # readable on dark as well


async def test_the_sheet_has_the_same_lines_by_its_button_and_its_address(
    fakes: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(fakes)
    page = await opened(fakes, "viewer", PATH, item="AZ-CONS")
    async with seeing(lambda: breakdown(page)) as user:
        await sees(user, "Lines 1 to 1 of 4")
        press(user, "Export XLSX")
        url = (await user.download.next()).request.url
    assert url.path == f"/p/acme/export/{KEY}/{TENANT}"
    assert dict(url.params) == {"format": "xlsx", "text": "", "vendor_item": "AZ-CONS"}
    monkeypatch.setattr(site.state, "portal", fakes.portal, raising=False)
    cookie = await fakes.sessions.begin(digest_of(fakes.tokens.give(acme="viewer")))
    scope = {
        "type": "http",
        "path": url.path,
        "path_params": {"partner_id": "acme"},
        "headers": [(b"cookie", f"{COOKIE}={cookie}".encode())],
    }
    answer = await export(Request(scope), "acme", KEY, TENANT, Wanted(), Order(), "xlsx")
    assert isinstance(answer, StreamingResponse)
    assert answer.media_type == MEDIA_TYPES["xlsx"]
    content = b"".join([bytes(part) async for part in answer.body_iterator])  # type: ignore[arg-type]
    with ZipFile(BytesIO(content)) as book:
        assert b"21.39" in book.read("xl/worksheets/sheet1.xml")


async def test_groups_that_are_not_shown_are_counted(fakes: FakePortal) -> None:
    answered(fakes, groups=GROUPS_SHOWN + 7)
    page = await opened(fakes, "viewer", PATH)
    async with seeing(lambda: breakdown(page)) as user:
        await sees(user, "And 7 more, with less cost: filter to see them.")


async def test_the_row_of_a_line_is_shown_as_the_supplier_wrote_it(fakes: FakePortal) -> None:
    answered(fakes)
    page = await opened(fakes, "viewer", PATH)
    async with seeing(lambda: breakdown(page)) as user:
        await sees(user, "Lines 1 to 1 of 4")
        with user as client:
            (table, listener) = next(
                (one, each)
                for one in client.elements.values()
                for each in one._event_listeners.values()
                if each.type == "original"
            )
            table._handle_event({"listener_id": listener.id, "args": 7})
        await sees(user, "As the supplier wrote it.", "SkuName", "D4s v5")
    (query,) = [one for one, _ in fakes.bus.asked if isinstance(one, GetOriginalRow)]
    assert (query.document_sha256, query.row) == (SHA, 7)
