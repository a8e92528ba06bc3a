"""Invoices, and what waits on them."""

from typing import Annotated

from fastapi import Query, Response
from syncline_contracts.identity import BillingMonth, Key, TenantId
from syncline_contracts.ingest_query import GetRevisionComparison, GetUsageTie
from syncline_contracts.invoice import InvoiceStatus
from syncline_contracts.line import Role
from syncline_contracts.mapping_query import GetInvoice, InvoiceDetails, Invoices, ListInvoices
from syncline_contracts.month_query import ListMonths, Months
from syncline_contracts.revision import RevisionComparison
from syncline_contracts.usage import UsageTie

from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage
from syncline_portal.versions import set_etag

routes = router("invoices")


@routes.get("/partners/{partner_id}/invoices", openapi_extra=may("viewer"))
async def list_invoices(
    call: TheCall,
    partner_id: str,
    page: ThePage,
    month: Annotated[BillingMonth | None, Query(examples=["2026-10"])] = None,
    status: Annotated[InvoiceStatus | None, Query()] = None,
    text: Annotated[str, Query(max_length=200, description="Stands in the number")] = "",
) -> Invoices:
    """Invoices, newest month first."""
    return await call.ask(
        ListInvoices(
            partner_id=partner_id, billing_month=month, status=status, text=text, page=page
        )
    )


@routes.get("/partners/{partner_id}/months", openapi_extra=may("viewer"))
async def list_months(call: TheCall, partner_id: str) -> Months:
    """What the invoices of each month add up to, exactly, by currency; the newest first."""
    return await call.ask(ListMonths(partner_id=partner_id))


@routes.get("/partners/{partner_id}/invoices/{invoice_key}", openapi_extra=may("viewer"))
async def get_invoice(
    call: TheCall, partner_id: str, invoice_key: Key, response: Response
) -> InvoiceDetails:
    """One invoice with a row per tenant, its tie-out, what it amends and its credit notes."""
    details = await call.ask(GetInvoice(partner_id=partner_id, invoice_key=invoice_key))
    set_etag(response, details.invoice.version)
    return details


@routes.get("/partners/{partner_id}/invoices/{invoice_key}/usage-tie", openapi_extra=may("viewer"))
async def get_usage_tie(call: TheCall, partner_id: str, invoice_key: Key) -> UsageTie:
    """How the daily usage behind an invoice compares with it, the largest differences first."""
    return await call.ask(GetUsageTie(partner_id=partner_id, invoice_key=invoice_key))


@routes.get("/partners/{partner_id}/invoices/{invoice_key}/comparison", openapi_extra=may("viewer"))
async def get_revision_comparison(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    page: ThePage,
    revision: Annotated[int | None, Query(ge=1, description="Else the newest")] = None,
    tenant_id: Annotated[TenantId | None, Query(description="Only lines of this tenant")] = None,
    role: Annotated[Role, Query(description="The invoice, or the daily usage behind it")] = (
        "billing"
    ),
) -> RevisionComparison:
    """What a revision changed against the one before it, the largest difference in cost first.

    404 where there is no such revision or none before it; 409 while it is not compared yet, or
    where it cannot be.
    """
    return await call.ask(
        GetRevisionComparison(
            partner_id=partner_id,
            invoice_key=invoice_key,
            role=role,
            revision=revision,
            tenant_id=tenant_id,
            page=page,
        )
    )
