"""Undo: take what was written for a tenant, or for the whole run, out of the PSA again."""

from nicegui import ui
from syncline_contracts.mapping_query import InvoiceDetails, TenantRow
from syncline_contracts.plan_query import ReverseTenants

from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.price_words import counted
from syncline_portal.look.trouble import told
from syncline_portal.visit import Visit


def undo(visit: Visit, details: InvoiceDetails, row: TenantRow | None) -> None:
    """Ask for a reason, then have it done; for all tenants where none is given."""
    whose = row.tenant_name if row else f"all tenants of {details.invoice.invoice_no}"
    with dialog("Undo", small=True) as opened:
        ui.label(f"What was written for {whose} is taken out of the PSA again.")
        text = (
            "Records that the PSA has billed already stay, and a record of its own takes each back."
        )
        ui.label(text).classes("lead")
        reason = ui.input("Reason").props("outlined autofocus maxlength=500").classes("full-width")

        async def go() -> None:
            if not (reason.value or "").strip():
                reason.props("error error-message='Say why: it stands in the audit.'")
                return
            with told(visit):
                answer = await visit.ask(
                    ReverseTenants(
                        partner_id=visit.partner_id,
                        actor=visit.actor.label,
                        invoice_key=details.invoice.invoice_key,
                        tenant_ids=(row.tenant_id,) if row else None,
                        reason=reason.value.strip(),
                    ),
                    "billing",
                )
                skipped = "".join(f" {one.tenant_name}: {one.why}" for one in answer.skipped[:3])
                asked = counted(len(answer.requested), "tenant")
                ui.notify(f"Being undone for {asked}.{skipped}")
                opened.close()

        button.main("Undo now", go)
