"""Whoever may only read changes nothing, whatever is pressed: shown, hidden or forged."""

import asyncio
from importlib import import_module
from pkgutil import iter_modules

import pytest
from nicegui import Client, ui
from syncline_contracts.breakdown_query import Lines, ListLines
from syncline_contracts.mapping_query import Invoices, ListInvoices
from syncline_contracts.query import Edit
from syncline_portal import pages
from syncline_portal.actor import Role
from syncline_portal.look.page import Build

from tests.unit.portal.answers import INVOICE, KEY, TENANT
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import opened, seeing

PATH = {"invoice_key": KEY, "tenant_id": TENANT}
OPERATORS = {"dead_letters"}
"""Which let nobody else in at all."""


def builds() -> dict[str, Build]:
    """Every page by its name: the function of the module's own name."""
    found = {}
    for module in iter_modules(pages.__path__):
        text = import_module(f"{pages.__name__}.{module.name}")
        if "@page(" in (text.__loader__.get_source(text.__name__) or ""):  # type: ignore[union-attr]
            found[module.name] = getattr(text, module.name)
    return found


def press_everything(client: Client) -> int:
    """Every listener of every element, as a browser could call it."""
    pressed = 0
    for element in list(client.elements.values()):
        if isinstance(element, ui.dialog):
            continue
        for listener in list(element._event_listeners.values()):
            args = TENANT if isinstance(element, ui.table) else {}
            element._handle_event({"listener_id": listener.id, "args": args})
            pressed += 1
    return pressed


async def edits(fakes: FakePortal, role: Role, name: str) -> set[str]:
    """What is changed by pressing everything on a page, again and again."""
    fakes.bus.answers[ListInvoices] = Invoices(invoices=(INVOICE,))
    fakes.bus.answers[ListLines] = Lines(lines=())
    page = await opened(fakes, role, PATH)
    build = builds()[name]
    async with seeing(lambda: build(page)) as user:
        with user as client:
            pressed = press_everything(client)
            await asyncio.sleep(0.05)
            press_everything(client)  # what came up by it too
            await asyncio.sleep(0.05)
    assert pressed
    return {query.name for query, _ in fakes.bus.asked if isinstance(query, Edit)}


@pytest.mark.parametrize("name", sorted(builds().keys() - OPERATORS))
async def test_a_viewer_changes_nothing_whatever_is_pressed(fakes: FakePortal, name: str) -> None:
    assert await edits(fakes, "viewer", name) == set()


async def test_pressing_everything_does_change_something_for_who_may(fakes: FakePortal) -> None:
    assert await edits(fakes, "billing", "invoice") >= {"plan", "approve"}
