"""Revisions of an invoice, line by line: what the newer document added, removed and changed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from syncline_contracts.identity import Currency, Key, Sha256, TenantId, deterministic_id
from syncline_contracts.line import Role
from syncline_contracts.message import Event, Model
from syncline_contracts.money import Amount

MAX_TENANTS_TOLD = 2_000
MAX_LINES_TOLD = 20_000

Count = Annotated[int, Field(ge=0)]


class TenantRevision(Model):
    """Lines of one tenant that differ, and its cost before and after."""

    tenant_id: TenantId
    tenant_name: str
    added: Count
    removed: Count
    changed: Count
    cost_before: Amount
    """Of all its lines, those that stayed the same too."""
    cost_after: Amount


class RevisionSummary(Model):
    """A revision beside the one before it.

    A line is what it says, not where it stands: its row number is no content, equal lines cancel
    out one for one, and `unchanged + changed + added` are the lines of this revision.
    """

    invoice_key: Key
    invoice_no: str
    role: Role
    currency: Currency
    previous_currency: Currency
    revision: Annotated[int, Field(ge=2)]
    previous_revision: Annotated[int, Field(ge=1)]
    document_sha256: Sha256
    previous_document_sha256: Sha256
    lines: Count
    previous_lines: Count
    cost: Amount
    previous_cost: Amount
    added: Count
    removed: Count
    changed: Count
    unchanged: Count
    tenants: Annotated[tuple[TenantRevision, ...], Field(max_length=MAX_TENANTS_TOLD)]
    """Tenants that differ, the largest difference in cost first, whatever its sign."""
    tenants_changed: Count
    """How many differ, those left out of `tenants` too."""
    tenants_unchanged: Count


class InvoiceRevisedV1(RevisionSummary, Event):
    """A revision was compared with the one before it; it changes no amount."""

    type_name: ClassVar[str] = "invoice.revised.v1"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return self.invoice_key

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(
            self.type_name, self.partner_id, self.invoice_key, str(self.revision), self.role
        )


class FieldChange(Model):
    """A field of a line that says something else; null where it was or is absent."""

    field: str
    before: str | None
    after: str | None


class RevisedLine(Model):
    """A line that differs; what it lacks (`before` of an added one) is null."""

    what: Literal["added", "removed", "changed"]
    tenant_id: TenantId
    tenant_name: str
    vendor_item: str
    description: str
    row_before: int | None
    row_after: int | None
    cost_before: Amount | None
    cost_after: Amount | None
    difference: Amount
    """Cost after less cost before; what is absent counts as 0."""
    fields: tuple[FieldChange, ...] = ()
    """Of a changed line: cost among them where it differs."""


class RevisionComparison(Model):
    """Answer to `GetRevisionComparison`."""

    summary: RevisionSummary
    lines: tuple[RevisedLine, ...]
    """The largest difference in cost first, whatever its sign."""
    lines_left_out: Count
    """Differing lines of the whole invoice beyond the ones that are kept one by one; they are
    counted and summed all the same."""
    next_cursor: str | None = None
