"""Invoices, and what waits on them."""

from typing import Annotated

from fastapi import Query, Response
from syncline_contracts.identity import BillingMonth, Key
from syncline_contracts.ingest_query import GetUsageTie
from syncline_contracts.mapping_query import GetInvoice, InvoiceDetails, Invoices, ListInvoices
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
) -> Invoices:
    """Invoices, newest month first."""
    return await call.ask(ListInvoices(partner_id=partner_id, billing_month=month, page=page))


@routes.get("/partners/{partner_id}/invoices/{invoice_key}", openapi_extra=may("viewer"))
async def get_invoice(
    call: TheCall, partner_id: str, invoice_key: Key, response: Response
) -> InvoiceDetails:
    """One invoice with a row per tenant and its tie-out."""
    details = await call.ask(GetInvoice(partner_id=partner_id, invoice_key=invoice_key))
    set_etag(response, details.invoice.version)
    return details


@routes.get("/partners/{partner_id}/invoices/{invoice_key}/usage-tie", openapi_extra=may("viewer"))
async def get_usage_tie(call: TheCall, partner_id: str, invoice_key: Key) -> UsageTie:
    """How the daily usage behind an invoice compares with it, the largest differences first."""
    return await call.ask(GetUsageTie(partner_id=partner_id, invoice_key=invoice_key))
