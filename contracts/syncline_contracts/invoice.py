"""Invoices as they are found: detected with a manifest, rejected with a place and a reason."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from syncline_contracts.identity import (
    BillingMonth,
    Currency,
    Key,
    Sha256,
    TenantId,
    deterministic_id,
    key,
)
from syncline_contracts.line import LineKind, Role
from syncline_contracts.message import Event, Model
from syncline_contracts.money import Amount
from syncline_contracts.subjects import Lane


class ControlTotal(Model):
    """Lines and exact cost of one kind."""

    kind: LineKind
    lines: Annotated[int, Field(ge=0)]
    cost: Amount


class TenantManifest(Model):
    """What of one tenant has to arrive before it counts as complete."""

    tenant_id: TenantId
    tenant_name: str
    domain: str = ""
    batches: Annotated[int, Field(ge=1)]
    lines: Annotated[int, Field(ge=1)]
    cost: Amount
    by_kind: tuple[ControlTotal, ...]


class InvoiceDetectedV1(Event):
    """A complete, verified document came in; its line batches follow or came before."""

    type_name: ClassVar[str] = "invoice.detected.v1"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("mapping", "portal")

    invoice_key: Key
    invoice_no: str
    source_id: str
    source_account: str
    revision: Annotated[int, Field(ge=1)]
    role: Role
    amends: str = ""
    billing_month: BillingMonth
    invoice_date: date | None = None
    currency: Currency
    lane: Lane
    document_name: str
    document_sha256: Sha256
    document_format: str
    lines: Annotated[int, Field(ge=1)]
    cost: Amount
    tax: Amount
    stated_cost: Amount | None = None
    """Total before tax that the document itself states, where it does."""
    tenants: tuple[TenantManifest, ...]

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return self.invoice_key

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(
            self.type_name, self.partner_id, self.invoice_key, str(self.revision), self.role
        )


class InvoiceRejectedV1(Event):
    """A document was refused as a whole and lies in quarantine."""

    type_name: ClassVar[str] = "invoice.rejected.v1"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    source_id: str
    document_name: str
    document_sha256: Sha256
    code: str
    message: str
    """Sentence for a person: what happened, where, what to do."""
    row: int | None = None
    column: str | None = None

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return key("document", self.partner_id, self.document_sha256)

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(
            self.type_name, self.partner_id, self.source_id, self.document_sha256
        )


InvoiceStatus = Literal[
    "detected",
    "ready_to_sync",
    "syncing",
    "synced",
    "partly_synced",
    "needs_attention",
    "failed",
    "superseded",
]
INVOICE_STATUS_WORDS: dict[InvoiceStatus, str] = {
    "detected": "Detected",
    "ready_to_sync": "Ready to Sync",
    "syncing": "Syncing",
    "synced": "Synced",
    "partly_synced": "Partly synced",
    "needs_attention": "Needs attention",
    "failed": "Failed",
    "superseded": "Superseded",
}


class InvoiceStatusChangedV1(Event):
    """The roll-up over an invoice's tenants changed."""

    type_name: ClassVar[str] = "invoice.status_changed.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    invoice_key: Key
    invoice_no: str
    billing_month: BillingMonth
    status: InvoiceStatus
    previous: InvoiceStatus | None
    version: Annotated[int, Field(ge=1)]
    tenants_by_state: dict[str, int]

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return self.invoice_key

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(
            self.type_name, self.partner_id, self.invoice_key, str(self.version)
        )
