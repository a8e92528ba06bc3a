"""What can be asked of mapping: partners, invoices, tenants, holds; mapping, plan and approval."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from syncline_contracts.charge import Charge
from syncline_contracts.identity import BillingMonth, Key, Sha256, TenantId, VendorItem
from syncline_contracts.invoice import InvoiceStatus
from syncline_contracts.message import Model
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.plan_query import MAPPING, NewerPrices, PlanView
from syncline_contracts.pricing_query import AuditEntry
from syncline_contracts.query import Done, Edit, Page, Query
from syncline_contracts.tenant import Drift, Hold, TenantState, WrittenRecord


class SavePartner(Edit[Done]):
    """Create or change a partner's register entry."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "save_partner"

    settings: PartnerSettings


class PartnerView(Model):
    """A partner's register entry."""

    partner_id: str
    version: int
    settings: PartnerSettings


class Partners(Model):
    """Answer to `ListPartners`."""

    partners: tuple[PartnerView, ...]


class ListPartners(Query[Partners]):
    """One partner's entry, or all with `EVERY_PARTNER`."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "partners"


class TieOut(Model):
    """Exact sums at each hop; a hop that is absent has not happened yet."""

    document_cost: str
    lines_cost: str
    charges_cost: str
    charges_sell_exact: str
    charges_sell: str
    residual: str
    planned: str | None = None
    psa: str | None = None
    ties: bool
    """Every hop so far equals the one before it."""


class InvoiceView(Model):
    """An invoice as the clerk's list shows it; sums over the tenants that are complete."""

    invoice_key: Key
    invoice_no: str
    billing_month: BillingMonth
    source_id: str
    currency: str
    revision: int
    status: InvoiceStatus
    version: int
    tenants: int
    tenants_by_state: dict[str, int]
    lines: int
    cost: str
    rrp: str
    sell: str
    residual: str
    held_cost: str
    tie_out: TieOut
    detected_at: datetime
    amends: str = ""
    """Supplier's number of the invoice that this credit note amends."""


class Invoices(Model):
    """Answer to `ListInvoices`."""

    invoices: tuple[InvoiceView, ...]
    next_cursor: str | None = None


class ListInvoices(Query[Invoices]):
    """Invoices, newest month first."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "invoices"

    billing_month: BillingMonth | None = None
    status: InvoiceStatus | None = None
    text: Annotated[str, Field(max_length=200)] = ""
    """Stands in the number; upper and lower case are the same."""
    page: Page = Page()


class TenantRow(Model):
    """A tenant on an invoice, in one row."""

    tenant_id: TenantId
    tenant_name: str
    domain: str = ""
    """As the supplier names it; empty where it does not."""
    state: TenantState
    changed: bool
    version: int
    lines: int
    cost: str
    rrp: str | None
    sell: str | None
    residual: str | None
    client_id: str | None
    client_name: str | None
    client_mapped: bool
    products_mapped: bool
    holds: tuple[Hold, ...]
    warnings: tuple[Hold, ...] = ()
    plan_hash: str | None = None
    plan_actions: dict[str, int] = Field(default_factory=dict)
    records: tuple[WrittenRecord, ...] = ()
    offsets: tuple[WrittenRecord, ...] = ()
    """Of a reversed tenant: what takes back records that were billed already."""
    failure: str | None = None
    failure_code: str | None = None
    ignored_reason: str | None = None
    pricing_version: int = 0
    """Of the prices that its charges have; 0 while there are none."""
    newer_prices: NewerPrices | None = None
    """Where the PSA has older ones and the next sync brings these, though nobody re-priced."""


class RelatedInvoice(Model):
    """An invoice that another one names, or that names it."""

    invoice_key: Key
    invoice_no: str
    billing_month: BillingMonth
    currency: str
    status: InvoiceStatus
    cost: str


class InvoiceDetails(Model):
    """Answer to `GetInvoice`."""

    invoice: InvoiceView
    tenants: tuple[TenantRow, ...]
    amended: RelatedInvoice | None = None
    """What this credit note amends, once that is here; `invoice.amends` names it before."""
    credit_notes: tuple[RelatedInvoice, ...] = ()
    """Credit notes that amend this invoice, the oldest first."""


class GetInvoice(Query[InvoiceDetails]):
    """One invoice with a row per tenant."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "invoice"

    invoice_key: Key


class TenantDetails(Model):
    """Answer to `GetTenant`."""

    row: TenantRow
    charges: tuple[Charge, ...]
    tie_out: TieOut
    plan: PlanView | None
    drifts: tuple[Drift, ...] = ()
    document_sha256: Sha256 | None = None
    """Document that its lines are rows of; none while no line has come."""


class GetTenant(Query[TenantDetails]):
    """One tenant on an invoice: charges, plan, what was written."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "tenant"

    invoice_key: Key
    tenant_id: TenantId


class HoldRow(Model):
    """A waiting tenant."""

    invoice_key: Key
    invoice_no: str
    billing_month: BillingMonth
    tenant_id: TenantId
    tenant_name: str
    state: TenantState
    cost: str
    since: datetime
    holds: tuple[Hold, ...]
    ignored_reason: str | None = None
    trouble: str | None = None
    """What failed, or what a person changed in the PSA."""


class Holds(Model):
    """Answer to `ListHolds`."""

    rows: tuple[HoldRow, ...]
    next_cursor: str | None = None


class ListHolds(Query[Holds]):
    """Every tenant that waits for a person or is ignored, most money first."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "holds"

    page: Page | None = None
    """All of them where it is absent."""


class MapTenant(Edit[Done]):
    """Say which client of the PSA a tenant is; `None` takes it back. It stays for next month."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "map_tenant"

    tenant_id: TenantId
    client_id: Annotated[str, Field(min_length=1, max_length=120)] | None
    client_name: Annotated[str, Field(max_length=300)] = ""
    agreements: dict[VendorItem, str] | None = None
    """Agreement or contract per vendor item; when absent, left as it is for the same client, and
    dropped for another one."""


class MappingView(Model):
    """A tenant's mapping."""

    tenant_id: TenantId
    version: int
    client_id: str | None
    client_name: str
    agreements: dict[VendorItem, str]
    tenant_name: str = ""
    """As its newest invoice names it; empty where none has come."""


class Mappings(Model):
    """Answer to `ListMappings`."""

    mappings: tuple[MappingView, ...]
    next_cursor: str | None = None


class ListMappings(Query[Mappings]):
    """All mappings of a partner, by tenant."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "mappings"

    page: Page | None = None
    """All of them where it is absent."""


class IgnoreTenant(Edit[Done]):
    """Leave a tenant on one invoice out, with a reason; `reason = None` takes it back."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "ignore_tenant"

    invoice_key: Key
    tenant_id: TenantId
    reason: Annotated[str, Field(min_length=3, max_length=500)] | None


class AuditEntries(Model):
    """Answer to `AuditLog`."""

    entries: tuple[AuditEntry, ...]


class AuditLog(Query[AuditEntries]):
    """Every decision on mappings and syncs; newest first."""

    services: ClassVar[tuple[str, ...]] = MAPPING
    name: ClassVar[str] = "audit"
