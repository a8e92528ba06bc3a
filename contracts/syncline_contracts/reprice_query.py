"""What other prices would make of invoices, and the wish to have them where the PSA holds older."""

from typing import Annotated, ClassVar

from pydantic import Field

from syncline_contracts.identity import BillingMonth, Key, TenantId
from syncline_contracts.invoice import InvoiceStatus
from syncline_contracts.message import Model
from syncline_contracts.plan_query import SkippedTenant
from syncline_contracts.pricing_query import Profiles
from syncline_contracts.query import Edit, Page, Query
from syncline_contracts.tenant import TenantState


class PriceEffect(Model):
    """What prices make of several tenants; sums over all of them, in the invoice's currency."""

    tenants: int
    """Whose charges become others."""
    charges: int
    """That become others, are new or are no longer there."""
    below_cost: int
    """Charges that would sell below what they cost."""
    cost: str
    sell: str
    sell_after: str


class TenantPreview(Model):
    """What prices make of one tenant's charges."""

    tenant_id: TenantId
    tenant_name: str
    state: TenantState
    is_synced: bool
    """It stays as it is until Re-price: in the PSA, on its way, or undone."""
    effect: PriceEffect


class InvoicePreview(Model):
    """What prices make of an invoice; an effect is absent where no charge becomes another."""

    invoice_key: Key
    invoice_no: str
    billing_month: BillingMonth
    currency: str
    status: InvoiceStatus
    unsynced: PriceEffect | None = None
    """Takes place by itself once the prices are saved."""
    synced: PriceEffect | None = None
    """Takes place by Re-price only: of tenants in the PSA, on their way, or undone."""
    tenants: tuple[TenantPreview, ...] = ()
    """Whose charges become others; only where one invoice was asked for."""


class PricePreview(Model):
    """Answer to `PreviewPrices`."""

    invoices: tuple[InvoicePreview, ...]
    next_cursor: str | None = None


class PreviewPrices(Query[PricePreview]):
    """What these prices would make of the invoices, newest month first; nothing is changed.

    With the prices that hold now it tells where the PSA still has older ones.
    """

    services: ClassVar[tuple[str, ...]] = ("mapping",)
    name: ClassVar[str] = "preview_prices"

    prices: Profiles
    invoice_key: Key | None = None
    """Only this one."""
    page: Page = Page(limit=12)


class Repricing(Model):
    """Answer to `RepriceTenants`: who takes the newest prices, and who does not."""

    requested: tuple[TenantId, ...]
    skipped: tuple[SkippedTenant, ...]


class RepriceTenants(Edit[Repricing]):
    """Re-price: have what is in the PSA take the newest prices, for an invoice or these tenants.

    Nothing is written there: a tenant becomes ready with other charges, and its next plan is one
    of updates. Asked again, it does nothing.
    """

    services: ClassVar[tuple[str, ...]] = ("mapping",)
    name: ClassVar[str] = "reprice"

    invoice_key: Key
    tenant_ids: tuple[TenantId, ...] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    pricing_version: Annotated[int, Field(ge=0)] = 0
    """The newest that the asker knows of; mapping may not have heard of it yet."""
