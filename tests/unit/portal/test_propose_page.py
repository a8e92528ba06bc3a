"""Proposals that were accepted: each that failed is named, and all can be taken back later."""

from collections.abc import Callable

from nicegui import ui
from syncline_chassis.errors import ProblemError
from syncline_contracts.mapping_query import (
    GetInvoice,
    InvoiceDetails,
    ListMappings,
    Mappings,
    MapTenant,
)
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.query import Done, PickItem, Picks, SearchPicks
from syncline_portal.pages.invoice import invoice

from tests.unit.portal.answers import INVOICE, KEY, ROW
from tests.unit.portal.fakes import FakePortal, fact
from tests.unit.portal.visitor import opened, press, seeing, sees, until

CHANGED = ProfileChangedV1(
    partner_id="acme", pricing_version=9, what="Profile changed.", actor="Ann"
)
NAMES = {"t-1": "Saltbush Legal", "t-2": "Harbour Dental"}


class Register:
    """Which tenant is mapped, as mapping would keep it."""

    def __init__(self, fakes: FakePortal) -> None:
        self.edits: list[MapTenant] = []
        self.refused = ""
        self._mapped: set[str] = set()
        fakes.bus.answers[GetInvoice] = self._invoice
        fakes.bus.answers[ListMappings] = Mappings(mappings=())
        fakes.bus.answers[MapTenant] = self._map
        fakes.bus.answers[SearchPicks] = Picks(
            items=tuple(PickItem(id=f"c-{one}", name=name) for one, name in NAMES.items())
        )

    def _invoice(self, _: GetInvoice) -> InvoiceDetails:
        rows = [
            ROW.model_copy(
                update={
                    "tenant_id": one,
                    "tenant_name": name,
                    "client_mapped": one in self._mapped,
                    "state": "ready" if one in self._mapped else "held",
                }
            )
            for one, name in NAMES.items()
        ]
        return InvoiceDetails(invoice=INVOICE, tenants=tuple(rows))

    def _map(self, edit: MapTenant) -> Done:
        if edit.tenant_id == self.refused:
            raise ProblemError(409, "conflict", "Changed", "Somebody else mapped it meanwhile.")
        self.edits.append(edit)
        change: Callable[[str], None] = self._mapped.add if edit.client_id else self._mapped.discard
        change(edit.tenant_id)
        return Done(version=len(self.edits))


async def test_one_that_fails_is_named_and_the_others_are_mapped(fakes: FakePortal) -> None:
    register = Register(fakes)
    register.refused = "t-1"
    page = await opened(fakes, path={"invoice_key": KEY})
    async with seeing(lambda: invoice(page)) as user:
        press(user, "Proposals")
        await sees(user, "2 of 2 unmapped tenants have a proposal.")
        press(user, "Map the ticked to their Contact")
        await sees(user, "Saltbush Legal: Somebody else mapped it meanwhile.")
        await sees(user, "1 tenant is mapped from proposals.")
    assert [(one.tenant_id, one.client_id) for one in register.edits] == [("t-2", "c-t-2")]


async def test_what_was_mapped_is_taken_back_on_the_page_after_the_dialog_is_gone(
    fakes: FakePortal,
) -> None:
    register = Register(fakes)
    page = await opened(fakes, path={"invoice_key": KEY})
    async with seeing(lambda: invoice(page)) as user:
        press(user, "Proposals")
        await sees(user, "2 of 2 unmapped tenants have a proposal.")
        press(user, "Map the ticked to their Contact")
        await sees(user, "2 tenants are mapped from proposals.")
        (dialog,) = user.find(ui.dialog).elements
        dialog.delete()
        await user.should_not_see("2 tenants are mapped from proposals.")
        fakes.bus.facts.put_nowait(fact(CHANGED))  # has the page look again
        await sees(user, "2 tenants are mapped from proposals.")
        press(user, "Take back")
        await until(lambda: len(register.edits) == 4)
    assert [(one.client_id, one.expected_version) for one in register.edits[2:]] == [
        (None, 1),
        (None, 2),
    ]
