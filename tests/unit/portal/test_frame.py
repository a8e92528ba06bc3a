"""The frame around every page: the partner switcher, and tables that say why they are empty."""

import pytest
from nicegui import ui
from syncline_contracts.mapping_query import PartnerView
from syncline_portal.look.frame import frame
from syncline_portal.look.table import Column, listing

from tests.unit.portal.answers import PARTNER
from tests.unit.portal.fakes import FakePortal
from tests.unit.portal.visitor import seeing, sees, until, visitor

ACME = PartnerView(partner_id="acme", version=1, settings=PARTNER)
OTHER = PartnerView(
    partner_id="other", version=1, settings=PARTNER.model_copy(update={"name": "Other & Co"})
)


async def test_the_partner_is_switched_to_the_invoices_of_another(
    fakes: FakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, went = await visitor(fakes), list[str]()

    async def build() -> None:
        with frame(visit, (ACME, OTHER), "queue"):
            ui.label("content")

    async with seeing(build) as user:
        await sees(user, "content")
        (switcher,) = user.find(kind=ui.select).elements
        assert switcher.props["aria-label"] == "Partner"
        assert (switcher.value, switcher.options) == (
            "acme",
            {"acme": "Acme IT", "other": "Other & Co"},
        )
        monkeypatch.setattr(ui.navigate, "to", went.append)
        switcher.value = "other"
        await until(lambda: went)
    assert went == ["/p/other/azure"]


async def test_who_has_one_partner_has_nothing_to_switch(fakes: FakePortal) -> None:
    visit = await visitor(fakes)

    async def build() -> None:
        with frame(visit, (ACME,), "queue"):
            ui.label("content")

    async with seeing(build) as user:
        await sees(user, "Acme IT")
        await user.should_not_see(kind=ui.select)


async def test_an_empty_table_says_so_in_its_own_words(fakes: FakePortal) -> None:
    async def build() -> None:
        listing("Dead letters", (Column("at", "When"),), "every message was handled")

    async with seeing(build) as user:
        (table,) = user.find(kind=ui.table).elements
        assert table.props["no-data-label"] == "Nothing here: every message was handled."
