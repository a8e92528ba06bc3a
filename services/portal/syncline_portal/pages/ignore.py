"""Ignore: leave a tenant out of one invoice, with a reason; it stays listed until it is billed."""

from nicegui import ui
from syncline_contracts.mapping_query import IgnoreTenant, InvoiceDetails, TenantRow

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit


async def ignore(visit: Visit, details: InvoiceDetails, row: TenantRow) -> None:
    """Ask for the reason; a tenant that is ignored is taken back at once."""
    if row.state == "ignored":
        with told(visit):
            await _say(visit, details, row, None)
        return
    with dialog(f"Ignore {row.tenant_name}", small=True) as opened:
        ui.label(f"It is left out of {details.invoice.invoice_no} and stays in the work queue.")
        reason = ui.input("Reason").props("outlined autofocus maxlength=500").classes("full-width")

        async def go() -> None:
            text = (reason.value or "").strip()
            if len(text) < 3:
                reason.props("error error-message='Say why: it stands in the audit.'")
                return
            with told(visit):
                await _say(visit, details, row, text)
                opened.close()

        button.main("Ignore", go)


async def _say(visit: Visit, details: InvoiceDetails, row: TenantRow, reason: str | None) -> None:
    await visit.ask(
        IgnoreTenant(
            partner_id=visit.partner_id,
            actor=visit.actor.label,
            expected_version=row.version,
            invoice_key=details.invoice.invoice_key,
            tenant_id=row.tenant_id,
            reason=reason,
        ),
        "billing",
    )
