"""What readers give: lines with their owner, and the head of the document once all are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, NamedTuple, Protocol

from syncline_contracts.line import Line, LineKind, Role
from syncline_contracts.money import ZERO

from syncline_ingest.readers.unpack import Unpacked

STANDARD_ITEMS: dict[LineKind, str] = {
    "consumption": "AZURE-CONSUMPTION",
    "reservation": "AZURE-RESERVATION",
    "savings_plan": "AZURE-SAVINGS-PLAN",
    "seat": "MICROSOFT-SEAT",
    "software_subscription": "MICROSOFT-SOFTWARE-SUBSCRIPTION",
    "perpetual_software": "MICROSOFT-PERPETUAL-SOFTWARE",
    "marketplace": "MICROSOFT-MARKETPLACE",
    "credit": "AZURE-CREDIT",
    "tax": "TAX",
    "unknown": "UNKNOWN",
}
"""Vendor item of a line whose supplier gives no stock code."""


class Owner(NamedTuple):
    """Whose a line is and how its prices convert: the same for many lines."""

    tenant_id: str
    tenant_name: str
    domain: str
    pricing_currency: str
    fx_rate: str
    """Pricing to billing currency, normalised, so that equal rates are equal texts."""
    has_rate: bool
    """False where the supplier names a pricing currency and no rate: its prices are left out."""


class SourceLine(NamedTuple):
    """One source row; the decimals are those of the line, parsed."""

    owner: Owner
    line: Line
    cost: Decimal
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class DocumentHead:
    """What is true of the document as a whole."""

    format: str
    role: Role
    invoice_no: str
    source_account: str
    currency: str
    billing_month: str
    invoice_date: date | None = None
    amends: str = ""
    stated_cost: Decimal | None = None
    stated_tax: Decimal | None = None
    stated_lines: int | None = None
    price_mismatches: int = 0
    """Lines whose price x quantity is off the stated amount; the stated one counts."""
    notes: tuple[str, ...] = ()
    """What else a person should know, a sentence each."""


class Reader(Protocol):
    """Reads one document, once. Raises `RefusedDocumentError` with the place."""

    format: ClassVar[str]

    def lines(self, document: Unpacked) -> Iterator[SourceLine]:
        """Canonical lines, in the order of the document, in bounded memory."""
        ...

    def head(self) -> DocumentHead:
        """Head of the document, after the last line."""
        ...
