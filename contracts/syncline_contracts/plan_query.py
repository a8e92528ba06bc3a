"""What can be asked of mapping about Sync Now and Undo: plan, progress, approval, reversal."""

from typing import Annotated, ClassVar

from pydantic import Field

from syncline_contracts.identity import Key, TenantId
from syncline_contracts.message import Model
from syncline_contracts.query import Edit, Query
from syncline_contracts.tenant import PlannedWrite, TenantState

MAPPING = ("mapping",)


class NewerPrices(Model):
    """Prices that nobody asked for by Re-price, and that come with a change of what is synced."""

    synced_version: int
    """Version of the partner's prices that the PSA has."""
    version: int
    """Version that these charges have."""
    sell_before: str
    """What these very charges would come to with the products and percentages of the sync."""
    sell: str
    """What they come to."""
    message: str
    """All of it in words, for who confirms it."""


class PlanView(Model):
    """A plan as the connector made it."""

    plan_hash: str
    charge_set_version: int
    writes: tuple[PlannedWrite, ...]
    total: str
    newer_prices: NewerPrices | None = None
    """Where newer prices have a part in the total."""


class SkippedTenant(Model):
    """A tenant that no plan is made for, and why."""

    tenant_id: TenantId
    tenant_name: str
    state: TenantState
    why: str
    is_passing: bool = False
    """It is over in a moment: the same may be asked again."""


class PlansRequested(Model):
    """Answer to `RequestPlans`; a tenant's plan is there once its `request_id` is answered."""

    request_id: str
    requested: tuple[TenantId, ...]
    skipped: tuple[SkippedTenant, ...]


class RequestPlans(Edit[PlansRequested]):
    """Sync Now, first half: have plans made for all tenants that can have one, or for these."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "plan"

    invoice_key: Key
    tenant_ids: tuple[TenantId, ...] | None = None


class Reversing(Model):
    """Answer to `ReverseTenants`: whose records are being taken away, and whose are not."""

    request_id: str
    requested: tuple[TenantId, ...]
    skipped: tuple[SkippedTenant, ...]


class ReverseTenants(Edit[Reversing]):
    """Take what is in the PSA away again, of all tenants of an invoice or of these."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "reverse"

    invoice_key: Key
    tenant_ids: tuple[TenantId, ...] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class TenantPlanRow(Model):
    """One tenant's plan of the request: pending, made or failed."""

    tenant_id: TenantId
    tenant_name: str
    status: str
    plan: PlanView | None = None
    failure: str | None = None
    failure_code: str | None = None


class PlansMade(Model):
    """Answer to `PlanProgress`."""

    pending: int
    rows: tuple[TenantPlanRow, ...]


class PlanProgress(Query[PlansMade]):
    """How far the plans of one request are."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "plan_progress"

    invoice_key: Key
    request_id: str


class Approval(Model):
    """A plan that a person agreed to."""

    tenant_id: TenantId
    plan_hash: str


class Approved(Model):
    """Answer to `ApprovePlans`: refused ones have changed since they were shown."""

    approved: tuple[TenantId, ...]
    nothing_to_write: tuple[TenantId, ...]
    refused: tuple[SkippedTenant, ...]


class ApprovePlans(Edit[Approved]):
    """Sync Now, second half (Confirm): carry out exactly these plans."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "approve"

    invoice_key: Key
    approvals: Annotated[tuple[Approval, ...], Field(min_length=1)]
