"""Searching the PSA as one types."""

from nicegui import ui
from syncline_contracts.query import PickItem, Picks, SearchPicks
from syncline_portal.look.pick import Pick

from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import seeing, sees, visitor


async def test_a_choice_that_a_later_search_finds_too_stays_where_it_is(
    fakes: FakePortal,
) -> None:
    fakes.bus.answers[SearchPicks] = Picks(items=(PickItem(id="c-1", name="O'Brien"),))
    visit = await visitor(fakes)
    picks: list[Pick] = []

    async def build() -> None:
        pick = Pick(visit, "Search Contact", "xero", "main", "contacts")
        picks.append(pick)
        await pick.search("O'Brien & Sons")

    async with seeing(build) as user:
        await sees(user, "O'Brien")
        before = user.find(content="O'Brien", kind=ui.label).elements
        with user:
            await picks[0].search("O'Brien")
        assert user.find(content="O'Brien", kind=ui.label).elements == before
        fakes.bus.answers[SearchPicks] = Picks(items=())
        with user:
            await picks[0].search("O'Brien and who")
        await sees(user, "Nothing is found under this name.")
