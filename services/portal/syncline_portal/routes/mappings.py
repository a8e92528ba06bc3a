"""Which client of the PSA a tenant is; it stays for next month."""

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from syncline_chassis.errors import NotFoundError
from syncline_contracts.identity import Key, TenantId, VendorItem
from syncline_contracts.mapping_query import ListMappings, Mappings, MappingView, MapTenant
from syncline_contracts.query import Done

from syncline_portal.automap import Proposals, propose
from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage
from syncline_portal.versions import IfMatch, set_etag

routes = router("mappings")


class MappingBody(BaseModel):
    """Client, and agreement per vendor item; a null client takes the mapping back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: Annotated[str, Field(min_length=1, max_length=120)] | None
    client_name: Annotated[str, Field(max_length=300)] = ""
    agreements: dict[VendorItem, str] | None = None


@routes.get("/partners/{partner_id}/mappings", openapi_extra=may("viewer"))
async def list_mappings(call: TheCall, partner_id: str, page: ThePage) -> Mappings:
    """Mappings of a partner, by tenant."""
    return await call.ask(ListMappings(partner_id=partner_id, page=page))


@routes.get("/partners/{partner_id}/invoices/{invoice_key}/proposals", openapi_extra=may("billing"))
async def propose_mappings(call: TheCall, partner_id: str, invoice_key: Key) -> Proposals:
    """Which client each unmapped tenant probably is, and why, by what the live PSA knows.

    Nothing is mapped by it: PUT the mappings that you agree to.
    """
    return await propose(call, partner_id, invoice_key)


@routes.get("/partners/{partner_id}/mappings/{tenant_id:path}", openapi_extra=may("viewer"))
async def get_mapping(
    call: TheCall, partner_id: str, tenant_id: TenantId, response: Response
) -> MappingView:
    """One tenant's mapping."""
    for one in (await call.ask(ListMappings(partner_id=partner_id))).mappings:
        if one.tenant_id == tenant_id:
            set_etag(response, one.version)
            return one
    raise NotFoundError("This tenant is not mapped yet.")


@routes.put("/partners/{partner_id}/mappings/{tenant_id:path}", openapi_extra=may("billing"))
async def map_tenant(
    call: TheCall,
    partner_id: str,
    tenant_id: TenantId,
    body: MappingBody,
    if_match: IfMatch,
    response: Response,
) -> Done:
    """Map a tenant; what was held for it alone becomes ready."""
    done = await call.ask(
        MapTenant(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            tenant_id=tenant_id,
            client_id=body.client_id,
            client_name=body.client_name,
            agreements=body.agreements,
        )
    )
    set_etag(response, done.version)
    return done
