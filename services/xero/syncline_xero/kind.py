"""What a tenant's charges become: an invoice, or a credit note below zero."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Kind:
    """How Xero names one of them."""

    unit: str
    """Name of the write unit; part of ledger keys, so it never changes."""
    collection: str
    type: str
    noun: str
    sign: int
    """What Xero states as 1.00 is this much owed to us."""
    link: str

    @property
    def identity(self) -> str:
        """Field of its id."""
        return f"{self.noun}ID"

    @property
    def number(self) -> str:
        """Field of its number."""
        return f"{self.noun}Number"


INVOICE = Kind(
    "document",
    "Invoices",
    "ACCREC",
    "Invoice",
    1,
    "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=",
)
CREDIT_NOTE = Kind(
    "credit_note",
    "CreditNotes",
    "ACCRECCREDIT",
    "CreditNote",
    -1,
    "https://go.xero.com/AccountsReceivable/ViewCreditNote.aspx?creditNoteID=",
)
KINDS = (INVOICE, CREDIT_NOTE)


def for_total(total: Decimal) -> Kind | None:
    """What a total becomes; Xero knows no document over nothing."""
    if not total:
        return None
    return CREDIT_NOTE if total < 0 else INVOICE


def of_unit(name: str, *, is_offset: bool) -> Kind:
    """What a write unit is: an invoice is taken back by a credit note, and the other way round."""
    return CREDIT_NOTE if (name == CREDIT_NOTE.unit) != is_offset else INVOICE


def of_type(type_: str) -> Kind:
    """What Xero's type says."""
    return CREDIT_NOTE if type_ == CREDIT_NOTE.type else INVOICE
