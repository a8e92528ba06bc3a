"""A tenant on an invoice: its charges, its plan, the lines behind it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, get_args

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse
from syncline_contracts.breakdown_query import (
    Amount,
    GroupBy,
    GroupLines,
    LineGroups,
    Lines,
    ListLines,
    OrderBy,
    Text,
)
from syncline_contracts.identity import Key, TenantId, VendorItem
from syncline_contracts.mapping_query import GetTenant, IgnoreTenant, TenantDetails
from syncline_contracts.query import Done

from syncline_portal.guard import TheCall, may, router
from syncline_portal.lines import MEDIA_TYPES, Format, as_file
from syncline_portal.paging import ThePage
from syncline_portal.versions import IfMatch, set_etag

routes = router("tenants")
# A tenant id may hold a slash, so the longer addresses come first.
ONE_TENANT = "/partners/{partner_id}/invoices/{invoice_key}/tenants/{tenant_id:path}"


class IgnoreBody(BaseModel):
    """Why this tenant is left out; null takes it back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)] | None


class Order(BaseModel):
    """In which order."""

    model_config = ConfigDict(frozen=True)

    sort: Literal["row"] | OrderBy = Field(
        default="row", description="A column; amounts come the largest first unless it is said"
    )
    descending: bool | None = None

    def fields(self) -> dict[str, Any]:
        """Of the query."""
        if self.sort == "row":
            return {}
        is_amount = self.sort in get_args(Amount)
        descending = is_amount if self.descending is None else self.descending
        return {"order_by": self.sort, "descending": descending}


class Wanted(BaseModel):
    """Which lines, of all that are behind a tenant's charges."""

    model_config = ConfigDict(frozen=True)

    vendor_item: VendorItem | None = None
    text: Text = Field(default="", description="In a name, id or description")
    subscription: Text | None = None
    resource_group: Text | None = None
    meter: Text | None = None
    day: Text | None = Field(default=None, examples=["2026-10-31"])

    def within(self) -> dict[GroupBy, str]:
        """Groups that are named."""
        groups: dict[GroupBy, str | None] = {
            "subscription": self.subscription,
            "resource_group": self.resource_group,
            "meter": self.meter,
            "day": self.day,
        }
        return {by: key for by, key in groups.items() if key is not None}


@routes.get(ONE_TENANT + "/lines", openapi_extra=may("viewer"))
async def list_lines(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    tenant_id: TenantId,
    page: ThePage,
    wanted: Annotated[Wanted, Depends()],
    order: Annotated[Order, Depends()],
) -> Lines:
    """The lines behind the charges (Show Breakdown)."""
    return await call.ask(
        ListLines(
            partner_id=partner_id,
            invoice_key=invoice_key,
            tenant_id=tenant_id,
            vendor_item=wanted.vendor_item,
            text=wanted.text,
            within=wanted.within(),
            **order.fields(),
            page=page,
        )
    )


@routes.get(
    ONE_TENANT + "/export",
    openapi_extra=may("viewer"),
    response_class=StreamingResponse,
    responses={200: {"content": {one: {} for one in MEDIA_TYPES.values()}}},
)
async def export_lines(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    tenant_id: TenantId,
    wanted: Annotated[Wanted, Depends()],
    order: Annotated[Order, Depends()],
    format: Format = "csv",
) -> StreamingResponse:
    """The lines behind the charges as a file, in parts; in the CSV every amount is exact."""
    query = ListLines(
        partner_id=partner_id,
        invoice_key=invoice_key,
        tenant_id=tenant_id,
        vendor_item=wanted.vendor_item,
        text=wanted.text,
        within=wanted.within(),
        **order.fields(),
    )
    parts = as_file(format, call.ask, query)
    first = await anext(parts)  # what is refused is refused with a problem, not within a file
    return StreamingResponse(
        _after(first, parts),
        media_type=MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{invoice_key}.{format}"'},
    )


async def _after(first: bytes, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in parts:
        yield part


@routes.get(ONE_TENANT + "/line-groups", openapi_extra=may("viewer"))
async def group_lines(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    tenant_id: TenantId,
    wanted: Annotated[Wanted, Depends()],
    by: GroupBy = "subscription",
) -> LineGroups:
    """Sums of the lines by what they have in common."""
    return await call.ask(
        GroupLines(
            partner_id=partner_id,
            invoice_key=invoice_key,
            tenant_id=tenant_id,
            vendor_item=wanted.vendor_item,
            text=wanted.text,
            within=wanted.within(),
            by=by,
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
