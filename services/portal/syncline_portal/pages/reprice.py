"""Re-price: what the PSA holds at older prices, and the button that lets it take those of now."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from syncline_contracts.mapping_query import InvoiceDetails
from syncline_contracts.reprice_query import InvoicePreview, PriceEffect, TenantPreview

from syncline_portal import prices
from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.price_words import counted, effect, name_of, sells
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit

Then = Callable[[], Awaitable[None]]


def reprice(
    visit: Visit, invoice: InvoicePreview, then: Then, tenant: TenantPreview | None = None
) -> None:
    """Say what it does and ask why; `then` runs once it is asked for."""
    change: PriceEffect | None = tenant.effect if tenant else invoice.synced
    with dialog(f"Re-price {name_of(invoice)}", small=True) as opened:
        if change is not None:
            whose = tenant.tenant_name if tenant else counted(change.tenants, "tenant")
            ui.label(f"{whose}: sell {sells(change)} {invoice.currency}.")
        text = "Nothing is written now: Sync Now shows the updates, and Confirm writes them."
        ui.label(text).classes("lead")
        reason = ui.input("Reason").props("outlined autofocus maxlength=500").classes("full-width")

        async def go() -> None:
            if not (reason.value or "").strip():
                reason.props("error error-message='Say why: it stands in the audit.'")
                return
            with told(visit):
                answer = await prices.reprice(
                    await visit.call("billing"),
                    visit.partner_id,
                    invoice.invoice_key,
                    reason=reason.value.strip(),
                    tenant_ids=(tenant.tenant_id,) if tenant else None,
                )
                ui.notify(f"{counted(len(answer.requested), 'tenant')} priced again.")
                opened.close()
                await then()

        button.main("Re-price now", go)


class OlderPrices:
    """On Invoice Details: says where the PSA has older prices, for as long as it does."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._found: InvoicePreview | None = None
        self._note = ui.element("div").classes("note warn bar").props("role=status")
        self._note.set_visibility(False)

    async def look(self, details: InvoiceDetails) -> None:
        """Find out anew."""
        call = await self._visit.call("viewer")
        self._found = await prices.older(call, self._visit.partner_id, details)
        change = self._found.synced if self._found else None
        self._note.set_visibility(change is not None)
        self._note.clear()
        if self._found is None or change is None:
            return
        with self._note:
            text = f"The PSA has older prices. With those of now: {effect(change)}."
            ui.label(text).classes("grow told")
            if self._visit.may("billing"):
                button.plain("Re-price", lambda: self._reprice(details))

    def of(self, tenant_id: str) -> str:
        """What the prices of now would make of a tenant; empty where it has them."""
        tenant = self._tenant(tenant_id)
        return sells(tenant.effect) if tenant else ""

    def reprice(self, details: InvoiceDetails, tenant_id: str) -> None:
        """Ask for one tenant."""
        self._reprice(details, self._tenant(tenant_id))

    def _reprice(self, details: InvoiceDetails, tenant: TenantPreview | None = None) -> None:
        async def then() -> None:
            await self.look(details)

        if self._found is not None:
            reprice(self._visit, self._found, then, tenant)

    def _tenant(self, tenant_id: str) -> TenantPreview | None:
        tenants = self._found.tenants if self._found else ()
        return next((one for one in tenants if one.is_synced and one.tenant_id == tenant_id), None)
