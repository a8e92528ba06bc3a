"""Daily usage beside its invoice: tied per class within a tolerance, the rest told."""

from typing import Annotated, ClassVar

from pydantic import Field

from syncline_contracts.identity import Currency, Key, TenantId, deterministic_id
from syncline_contracts.line import LineKind
from syncline_contracts.message import Event, Model
from syncline_contracts.money import Amount

MAX_GAPS = 100


class ClassTie(Model):
    """One class of lines: what the invoice bills and what daily usage adds up to."""

    kind: LineKind
    billing: Amount
    detail: Amount
    difference: Amount
    """Detail less billing."""
    is_tied: bool
    """Whether the difference, without its sign, is within the tolerance."""


class TenantGap(Model):
    """Where billing and detail of one tenant differ."""

    tenant_id: TenantId
    tenant_name: str
    kind: LineKind
    billing: Amount
    detail: Amount
    difference: Amount


class UsageTie(Model):
    """Comparison of the newest billing document with the newest daily usage of an invoice."""

    invoice_key: Key
    invoice_no: str
    currency: Currency
    billing_revision: Annotated[int, Field(ge=1)]
    detail_revision: Annotated[int, Field(ge=1)]
    tolerance: Amount
    """Per class, in billing currency, inclusive."""
    is_tied: bool
    classes: tuple[ClassTie, ...]
    gaps: Annotated[tuple[TenantGap, ...], Field(max_length=MAX_GAPS)]
    """The largest differences first, whatever their sign."""
    gap_count: Annotated[int, Field(ge=0)]
    """How many there are, those left out of `gaps` too."""


class UsageTiedV1(Event):
    """Daily usage was compared with its invoice; it changes no amount."""

    type_name: ClassVar[str] = "usage.tied.v1"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    tie: UsageTie

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return self.tie.invoice_key

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        tie = self.tie
        revisions = (str(tie.billing_revision), str(tie.detail_revision))
        return deterministic_id(self.type_name, self.partner_id, tie.invoice_key, *revisions)
