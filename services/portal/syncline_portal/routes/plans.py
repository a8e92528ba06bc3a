"""Sync Now: plans that show every write, and the approval of exactly those."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from syncline_contracts.identity import Key, TenantId
from syncline_contracts.plan_query import (
    Approval,
    Approved,
    ApprovePlans,
    PlanProgress,
    PlansMade,
    PlansRequested,
    RequestPlans,
    ReverseTenants,
    Reversing,
)

from syncline_portal.approval import approve
from syncline_portal.guard import TheCall, command, may, router
from syncline_portal.versions import IfMatch

routes = router("plans")
OF_INVOICE = "/partners/{partner_id}/invoices/{invoice_key}"


class PlansBody(BaseModel):
    """For which tenants; all that can have a plan where it is left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_ids: tuple[TenantId, ...] | None = None


class ApprovalsBody(BaseModel):
    """The plans that are agreed to, by tenant and hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approvals: Annotated[tuple[Approval, ...], Field(min_length=1)]


class ReversalBody(BaseModel):
    """Whose records to take away; of all tenants where none is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_ids: Annotated[tuple[TenantId, ...], Field(min_length=1)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@routes.post(OF_INVOICE + "/plans", openapi_extra=command("billing"), status_code=202)
async def request_plans(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    if_match: IfMatch,
    body: PlansBody | None = None,
) -> PlansRequested:
    """Have plans made over the live PSA; nothing is written."""
    return await call.ask(
        RequestPlans(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            invoice_key=invoice_key,
            tenant_ids=body.tenant_ids if body else None,
        )
    )


@routes.get(OF_INVOICE + "/plans/{request_id}", openapi_extra=may("viewer"))
async def get_plans(call: TheCall, partner_id: str, invoice_key: Key, request_id: str) -> PlansMade:
    """How far the plans are, and those that are made."""
    return await call.ask(
        PlanProgress(partner_id=partner_id, invoice_key=invoice_key, request_id=request_id)
    )


@routes.post(OF_INVOICE + "/approvals", openapi_extra=command("billing"), status_code=202)
async def approve_plans(
    call: TheCall, partner_id: str, invoice_key: Key, body: ApprovalsBody, if_match: IfMatch
) -> Approved:
    """Carry out exactly these plans; what changed since it was shown is refused."""
    query = ApprovePlans(
        partner_id=partner_id,
        actor=call.actor.label,
        expected_version=if_match,
        invoice_key=invoice_key,
        approvals=body.approvals,
    )
    return await approve(call, query)


@routes.post(OF_INVOICE + "/reversals", openapi_extra=command("billing"), status_code=202)
async def reverse_tenants(
    call: TheCall, partner_id: str, invoice_key: Key, body: ReversalBody, if_match: IfMatch
) -> Reversing:
    """Take what was written out of the PSA again."""
    return await call.ask(
        ReverseTenants(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            invoice_key=invoice_key,
            tenant_ids=body.tenant_ids,
            reason=body.reason,
        )
    )
