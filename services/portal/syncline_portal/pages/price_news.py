"""On Azure Billing Profiles: which invoices a change reaches, and which only Re-price does."""

import asyncio
from collections.abc import Callable
from functools import partial

from nicegui import ui
from syncline_chassis.errors import SynclineError
from syncline_contracts.query import Page
from syncline_contracts.reprice_query import InvoicePreview, PriceEffect, PricePreview

from syncline_portal import prices
from syncline_portal.look import button
from syncline_portal.look.dialog import heading
from syncline_portal.look.frame import address
from syncline_portal.look.price_words import effect, name_of, on_the_last
from syncline_portal.look.state import of_invoice
from syncline_portal.look.trouble import words
from syncline_portal.pages.reprice import reprice
from syncline_portal.prices import ProfileEdit
from syncline_portal.visit import Visit

WAIT_S = 0.4
LAST = Page(limit=1)
Edit = Callable[[], ProfileEdit | None]


class PriceNews:
    """What was priced again by what was done here, and what the PSA still has at older prices."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._changed: list[tuple[InvoicePreview, str]] = []
        self._behind: list[InvoicePreview] = []
        self._asked_for: set[str] = set()
        """Invoices that are on their way to these prices."""
        self._body = ui.element("div").classes("full-width").props("role=status")
        ui.timer(0, self.look, once=True)  # the profiles are there first

    async def look(self) -> None:
        """Find out where the PSA has older prices than those of now."""
        try:
            found = await prices.preview(await self._visit.call("viewer"), self._visit.partner_id)
        except SynclineError:
            return  # the page itself says so
        self._behind = [
            one
            for one in found.invoices
            if one.synced is not None and one.invoice_key not in self._asked_for
        ]
        self._show()

    async def look_again(self) -> None:
        """After an event: only where something is shown that it may have changed."""
        if self._behind:
            await self.look()

    async def before(self, edit: ProfileEdit) -> PricePreview | None:
        """What saving would change; None where nobody can tell, which hinders no saving."""
        call = await self._visit.call("billing")
        try:
            return await prices.preview(call, self._visit.partner_id, edit)
        except SynclineError:
            return None

    async def saved(self, expected: PricePreview | None) -> None:
        """Say what was priced again by it."""
        self._asked_for.clear()
        found = expected.invoices if expected else ()
        self._changed = [(one, f"{effect(one.unsynced)}.") for one in found if one.unsynced]
        if expected is None:
            text = "Saved. Which invoices are priced again cannot be said now: see Azure."
        elif self._changed:
            text = "Saved. Invoices that are not synced yet are priced again."
        else:
            text = "Saved. It changes no invoice that is not synced yet."
        ui.notify(text, type="positive")
        await self.look()
        ui.run_javascript(f"getHtmlElement({self._body.id}).scrollIntoView({{block: 'center'}})")

    def _show(self) -> None:
        self._body.clear()
        with self._body:
            if self._changed:
                with ui.element("section").classes("card q-mb-md"):
                    heading("Priced again")
                    for invoice, text in self._changed:
                        self._row(invoice, text)
            if self._behind:
                with ui.element("section").classes("card q-mb-md"):
                    heading("Synced, kept at older prices")
                    ui.label("The PSA keeps their older prices until you re-price them.").classes(
                        "lead"
                    )
                    for invoice in self._behind:
                        self._synced(invoice)

    def _synced(self, invoice: InvoicePreview) -> None:
        if invoice.synced is None:
            return
        with self._row(invoice, f"With the prices of now: {effect(invoice.synced)}."):
            if self._visit.may("billing"):
                then = partial(self._repriced, invoice, invoice.synced)
                button.plain("Re-price", lambda: reprice(self._visit, invoice, then))

    def _row(self, invoice: InvoicePreview, text: str) -> ui.element:
        status = of_invoice(invoice.status)
        with ui.element("div").classes("bar") as row:
            ui.link(name_of(invoice), address(self._visit.partner_id, "azure", invoice.invoice_key))
            ui.label(status["word"]).classes(f"badge {status['tone']}")
            ui.label(text).classes("grow told")
        return row

    async def _repriced(self, invoice: InvoicePreview, change: PriceEffect) -> None:
        others = [one for one in self._changed if one[0].invoice_key != invoice.invoice_key]
        text = f"{effect(change)}. Sync Now there shows the updates."
        self._changed = [*others, (invoice, text)]
        self._asked_for.add(invoice.invoice_key)
        await self.look()


class Simulation:
    """Below a profile's products: what they would give on the last invoice, as one types."""

    def __init__(self, visit: Visit, edit: Edit) -> None:
        self._visit, self._edit = visit, edit
        self._asked = 0
        self._label = ui.label().classes("lead").props("role=status")

    async def look(self) -> None:
        """Say it anew, once nothing was typed for a moment."""
        self._asked += 1
        asked = self._asked
        await asyncio.sleep(WAIT_S)
        edit = self._edit()
        if asked != self._asked or edit is None:
            return
        try:
            call = await self._visit.call("billing")
            found = on_the_last(await prices.preview(call, self._visit.partner_id, edit, page=LAST))
        except SynclineError as error:
            found = words(error)
        if asked == self._asked and not self._label.is_deleted:
            self._label.text = found
