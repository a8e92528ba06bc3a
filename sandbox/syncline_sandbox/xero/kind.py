"""The two documents of sales: what is owed to us, and what we owe back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """How the API names one of them."""

    name: str
    collection: str
    type: str
    noun: str

    @property
    def identity(self) -> str:
        """Field of its id."""
        return f"{self.noun}ID"

    @property
    def number(self) -> str:
        """Field of its number."""
        return f"{self.noun}Number"


INVOICE = Kind("invoice", "Invoices", "ACCREC", "Invoice")
CREDIT_NOTE = Kind("credit_note", "CreditNotes", "ACCRECCREDIT", "CreditNote")
KINDS = {kind.name: kind for kind in (INVOICE, CREDIT_NOTE)}
