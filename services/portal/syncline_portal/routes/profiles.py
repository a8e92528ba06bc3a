"""Azure Billing Profiles, who uses which, and every change to prices."""

from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict
from syncline_chassis.errors import NotFoundError
from syncline_contracts.identity import TenantId, VendorItem
from syncline_contracts.pricing_query import (
    AssignProfile,
    History,
    ListProfiles,
    ProfileHistory,
    Profiles,
    ProfileSaved,
    ProfileView,
    SaveProfile,
)
from syncline_contracts.profile import ProfileEntry, ProfileSettings
from syncline_contracts.query import Done

from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage
from syncline_portal.versions import IfMatch, set_etag

routes = router("profiles")
ProfileId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")]


class EntryBody(ProfileEntry):
    """A product mapping; 0 percent sells at RRP, positive above, negative below."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProfileBody(ProfileSettings):
    """A billing profile as a person edits it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: tuple[EntryBody, ...] = ()
    is_default: bool = False


class AssignmentBody(BaseModel):
    """Which profile; null takes it back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile_id: str | None


@routes.get("/partners/{partner_id}/profiles", openapi_extra=may("viewer"))
async def list_profiles(call: TheCall, partner_id: str, page: ThePage) -> Profiles:
    """Profiles, and which tenant uses which of them."""
    return await call.ask(ListProfiles(partner_id=partner_id, page=page))


@routes.get("/partners/{partner_id}/profiles/{profile_id}", openapi_extra=may("viewer"))
async def get_profile(
    call: TheCall, partner_id: str, profile_id: ProfileId, response: Response
) -> ProfileView:
    """One profile."""
    for one in (await call.ask(ListProfiles(partner_id=partner_id))).profiles:
        if one.profile_id == profile_id:
            set_etag(response, one.version)
            return one
    raise NotFoundError(f"There is no billing profile {profile_id!r}.")


@routes.put("/partners/{partner_id}/profiles/{profile_id}", openapi_extra=may("billing"))
async def save_profile(
    call: TheCall,
    partner_id: str,
    profile_id: ProfileId,
    body: ProfileBody,
    if_match: IfMatch,
    response: Response,
) -> ProfileSaved:
    """Create or change a profile; invoices that are not synced yet are priced again."""
    settings = ProfileSettings.model_validate(body.model_dump(exclude={"is_default"}))
    saved = await call.ask(
        SaveProfile(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            profile_id=profile_id,
            settings=settings,
            is_default=body.is_default,
        )
    )
    set_etag(response, saved.version)
    return saved


@routes.put("/partners/{partner_id}/assignments/{tenant_id:path}", openapi_extra=may("billing"))
async def assign_profile(
    call: TheCall,
    partner_id: str,
    tenant_id: TenantId,
    body: AssignmentBody,
    if_match: IfMatch,
    response: Response,
    vendor_item: Annotated[VendorItem | None, Query()] = None,
) -> Done:
    """Give a tenant a profile of its own, for all its vendor items or for one."""
    done = await call.ask(
        AssignProfile(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            tenant_id=tenant_id,
            vendor_item=vendor_item,
            profile_id=body.profile_id,
        )
    )
    set_etag(response, done.version)
    return done


@routes.get("/partners/{partner_id}/price-changes", openapi_extra=may("viewer"))
async def list_price_changes(call: TheCall, partner_id: str) -> History:
    """Every change to prices: who, when, before, after; newest first."""
    return await call.ask(ProfileHistory(partner_id=partner_id))
