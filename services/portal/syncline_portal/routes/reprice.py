"""Re-price: what prices would change, and their way onto what is synced already."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from syncline_contracts.identity import Key, TenantId
from syncline_contracts.profile import ProfileSettings
from syncline_contracts.query import Page
from syncline_contracts.reprice_query import PricePreview, Repricing

from syncline_portal import prices
from syncline_portal.guard import TheCall, command, may, router
from syncline_portal.prices import ProfileEdit
from syncline_portal.routes.profiles import ProfileBody, ProfileId
from syncline_portal.versions import IfMatch

routes = router("reprice")


def _few(
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 12,
) -> Page:
    """Fewer than in other lists: each invoice is added up anew."""
    return Page(cursor=cursor, limit=limit)


Few = Annotated[Page, Depends(_few)]


class RepriceBody(BaseModel):
    """Who takes the newest prices; all that are in the PSA where none is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_ids: Annotated[tuple[TenantId, ...], Field(min_length=1)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@routes.get("/partners/{partner_id}/price-preview", openapi_extra=may("viewer"))
async def preview_prices(
    call: TheCall, partner_id: str, page: Few, invoice_key: Annotated[Key | None, Query()] = None
) -> PricePreview:
    """Where the PSA still has older prices than those that hold now, newest month first."""
    return await prices.preview(call, partner_id, invoice_key=invoice_key, page=page)


@routes.post("/partners/{partner_id}/profiles/{profile_id}/preview", openapi_extra=may("billing"))
async def preview_profile(
    call: TheCall,
    partner_id: str,
    profile_id: ProfileId,
    body: ProfileBody,
    page: Few,
    invoice_key: Annotated[Key | None, Query()] = None,
) -> PricePreview:
    """What saving this profile would change on the invoices; nothing is saved by it."""
    settings = ProfileSettings.model_validate(body.model_dump(exclude={"is_default"}))
    edit = ProfileEdit(profile_id, settings, body.is_default)
    return await prices.preview(call, partner_id, edit, invoice_key=invoice_key, page=page)


@routes.post(
    "/partners/{partner_id}/invoices/{invoice_key}/reprice",
    openapi_extra=command("billing"),
    status_code=202,
)
async def reprice_tenants(
    call: TheCall, partner_id: str, invoice_key: Key, body: RepriceBody, if_match: IfMatch
) -> Repricing:
    """Have what is in the PSA take the newest prices; its next plan is one of updates."""
    return await prices.reprice(
        call,
        partner_id,
        invoice_key,
        reason=body.reason,
        tenant_ids=body.tenant_ids,
        expected_version=if_match,
    )
