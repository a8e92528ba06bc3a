"""A tenant on an invoice: its charges, its plan, the lines behind it."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from syncline_contracts.identity import Key, TenantId, VendorItem
from syncline_contracts.mapping_query import (
    GetTenant,
    IgnoreTenant,
    Lines,
    ListLines,
    TenantDetails,
)
from syncline_contracts.query import Done

from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage
from syncline_portal.versions import IfMatch, set_etag

routes = router("tenants")
# A tenant id may hold a slash, so the longer addresses come first.
ONE_TENANT = "/partners/{partner_id}/invoices/{invoice_key}/tenants/{tenant_id:path}"


class IgnoreBody(BaseModel):
    """Why this tenant is left out; null takes it back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)] | None


@routes.get(ONE_TENANT + "/lines", openapi_extra=may("viewer"))
async def list_lines(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    tenant_id: TenantId,
    page: ThePage,
    vendor_item: Annotated[VendorItem | None, Query()] = None,
) -> Lines:
    """The lines behind the charges, in document order (Show Breakdown)."""
    return await call.ask(
        ListLines(
            partner_id=partner_id,
            invoice_key=invoice_key,
            tenant_id=tenant_id,
            vendor_item=vendor_item,
            page=page,
        )
    )


@routes.put(ONE_TENANT + "/ignore", openapi_extra=may("billing"))
async def ignore_tenant(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    tenant_id: TenantId,
    body: IgnoreBody,
    if_match: IfMatch,
    response: Response,
) -> Done:
    """Leave a tenant out of this invoice, with a reason."""
    done = await call.ask(
        IgnoreTenant(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            invoice_key=invoice_key,
            tenant_id=tenant_id,
            reason=body.reason,
        )
    )
    set_etag(response, done.version)
    return done


@routes.get(ONE_TENANT, openapi_extra=may("viewer"))
async def get_tenant(
    call: TheCall, partner_id: str, invoice_key: Key, tenant_id: TenantId, response: Response
) -> TenantDetails:
    """Charges, holds, plan, records in the PSA, and the tie-out."""
    details = await call.ask(
        GetTenant(partner_id=partner_id, invoice_key=invoice_key, tenant_id=tenant_id)
    )
    set_etag(response, details.row.version)
    return details
