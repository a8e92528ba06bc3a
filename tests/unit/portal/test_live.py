"""Pages that keep themselves up to date, and draw nothing that is as it was."""

from typing import Any

import pytest
from nicegui import ui
from syncline_contracts.query import Connections, ListConnections
from syncline_portal.look import live
from syncline_portal.look.table import Column, Listing, listing
from syncline_portal.pages import connections as page_of_connections
from syncline_portal.pages.connections import connections

from tests.unit.portal.answers import CONNECTION
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import opened, seeing, sees, until


async def test_what_no_event_tells_is_looked_at_now_and_then(
    fakes: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of_connections, "OFTEN_S", 0.01)
    monkeypatch.setattr(live, "PAUSE_S", 0.01)
    found = [CONNECTION]
    fakes.bus.answers[ListConnections] = lambda _: Connections(connections=tuple(found))
    page = await opened(fakes, "admin")
    async with seeing(lambda: connections(page)) as user:
        await sees(user, "Working")
        (button,) = user.find("Check now").elements
        looks = len(fakes.bus.asked)
        await until(lambda: len(fakes.bus.asked) > looks + 6)
        assert not button.is_deleted  # nothing differs: a click on it is not lost
        found[0] = CONNECTION.model_copy(update={"status": "failing"})
        await sees(user, "Does not answer")


async def test_rows_that_are_as_they_were_are_not_sent_again() -> None:
    made: list[Listing] = []

    async def build() -> None:
        made.append(listing("Things", (Column("name", "Name"),), "no thing is there"))
        made[0].rows = [{"key": 1, "name": "one"}]

    async with seeing(build) as user:
        (table,) = made
        sent: list[Any] = []
        with user:
            table.update = lambda: sent.append(table.rows)  # type: ignore[method-assign]
            table.rows = [{"key": 1, "name": "one"}]
            assert sent == []
            table.rows = [{"key": 1, "name": "two"}]
        assert len(sent) == 1
        assert isinstance(table, ui.table)
