"""Settings: what is wrong with the register entry is said at its field."""

from nicegui import ui
from syncline_contracts.mapping_query import SavePartner
from syncline_portal.pages.settings import settings

from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import opened, press, seeing, until


async def test_a_partner_without_a_name_is_not_saved(fakes: FakePortal) -> None:
    page = await opened(fakes, "admin")
    async with seeing(lambda: settings(page)) as user:
        (name,) = [one for one in user.find(kind=ui.input).elements if one.props["label"] == "Name"]
        name.value = "  "
        press(user, "Save")
        await until(lambda: name.error)
        assert name.error == "Say what the partner is called."
    assert not [query for query, _ in fakes.bus.asked if isinstance(query, SavePartner)]
