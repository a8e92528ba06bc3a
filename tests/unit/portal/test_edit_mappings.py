"""Edit Mappings: a new client has none of the former one's agreements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nicegui import ui
from nicegui.testing import User
from syncline_contracts.mapping_query import GetTenant, ListMappings, Mappings, MapTenant
from syncline_contracts.query import PickItem, Picks, SearchPicks
from syncline_contracts.tenant import Hold
from syncline_portal.pages.edit_mappings import edit_mappings

from tests.unit.portal.answers import ANSWERS, KEY, MAPPING, ROW
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import opened, press, seeing, sees, until

HOLD = Hold(code="no_profile_entry", message="-", fix="profile", vendor_item="AZ-CONS")
HELD = ROW.model_copy(update={"holds": (HOLD,)})
NEW = PickItem(id="c-2", name="Fabrikam")


def picks(query: SearchPicks) -> Picks:
    if query.list != "agreements":
        return Picks(items=(NEW,))
    return Picks(items=(PickItem(id=f"a-{query.client_id}", name="Azure", detail="Monthly"),))


@asynccontextmanager
async def editing(fakes: FakePortal) -> AsyncIterator[User]:
    """The dialog at a PSA with agreements; the tenant has one of its client."""
    mapped = MAPPING.model_copy(update={"agreements": {"AZ-CONS": "a-1"}})
    fakes.bus.answers[ListMappings] = Mappings(mappings=(mapped,))
    fakes.bus.answers[GetTenant] = ANSWERS[GetTenant].model_copy(update={"row": HELD})
    fakes.bus.answers[SearchPicks] = picks
    page = await opened(fakes)
    psa = await page.visit.psa(page.partner)
    assert psa is not None
    words = psa.vocabulary.model_copy(update={"client": "Company", "agreement": "Agreement"})
    psa = psa.model_copy(
        update={"vocabulary": words, "picks": {"client": "companies", "agreement": "agreements"}}
    )
    async with seeing(lambda: edit_mappings(page.visit, page.partner, psa, KEY, HELD)) as user:
        await sees(user, "Agreement")
        yield user


def agreement(user: User) -> ui.select:
    (field,) = user.find(content="Agreement", kind=ui.select).elements
    return field


async def choose_the_new_one(user: User) -> None:
    user.find(content="Search Company", kind=ui.input).type("Fab")
    await sees(user, "Fabrikam")
    with user as client:
        (told,) = [
            one for one in client.layout._event_listeners.values() if one.type.startswith("chosen")
        ]
        client.layout._handle_event({"listener_id": told.id, "args": "c-2"})
    await sees(user, "Chosen: Fabrikam")


def saved(fakes: FakePortal) -> list[MapTenant]:
    return [query for query, _ in fakes.bus.asked if isinstance(query, MapTenant)]


async def test_both_buttons_say_save(fakes: FakePortal) -> None:
    async with editing(fakes) as user:
        buttons = [one for one in user.find(kind=ui.button).elements if one.text == "Save"]
        assert {one.props["aria-label"] for one in buttons} == {"Save", "Save Company"}


async def test_an_agreement_that_is_not_of_the_client_says_so(fakes: FakePortal) -> None:
    async with editing(fakes) as user:
        assert agreement(user).options == {
            "a-c-1": "Azure (Monthly)",
            "a-1": "Not to be chosen any more (Agreement a-1)",
        }


async def test_a_new_client_is_saved_without_the_agreements_of_the_former(
    fakes: FakePortal,
) -> None:
    async with editing(fakes) as user:
        await choose_the_new_one(user)
        press(user, "Save", "Save Company")
        await until(lambda: agreement(user).options == {"a-c-2": "Azure (Monthly)"})
        assert agreement(user).value is None
    (edit,) = saved(fakes)
    assert (edit.client_id, edit.agreements) == ("c-2", None)


async def test_a_new_client_is_saved_with_the_products_never_with_old_agreements(
    fakes: FakePortal,
) -> None:
    async with editing(fakes) as user:
        await choose_the_new_one(user)
        press(user, "Save", "Save")
        await until(lambda: agreement(user).options == {"a-c-2": "Azure (Monthly)"})
    (edit,) = saved(fakes)
    assert (edit.client_id, edit.agreements) == ("c-2", None)
