"""A sales invoice or credit note as stored, its totals, and its form for the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from syncline_sandbox.decimals import ZERO, product, round_half_up, total
from syncline_sandbox.xero.kind import KINDS
from syncline_sandbox.xero.organisation import Contact
from syncline_sandbox.xero.wire import day_string, dotnet, dotnet_day

Status = Literal["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"]
AmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Tracking(_Record):
    """A tag on a line."""

    category_id: str
    option_id: str
    name: str
    option: str


class Line(_Record):
    """One line; quantity and price are None on a line of text only."""

    line_item_id: str
    description: str
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    line_amount: Decimal = ZERO
    tax_type: str = "NONE"
    tax_amount: Decimal = ZERO
    tax_stated: bool = False
    account_code: str = ""
    account_id: str = ""
    item_code: str = ""
    discount_rate: Decimal | None = None
    tracking: tuple[Tracking, ...] = ()


class Invoice(_Record):
    """One ACCREC invoice, or one ACCRECCREDIT credit note."""

    kind: Literal["invoice", "credit_note"] = "invoice"
    invoice_id: str
    number: str
    status: Status
    contact_id: str
    issued_on: date
    due_on: date | None
    reference: str
    amount_types: AmountTypes
    currency: str
    currency_rate: Decimal
    lines: tuple[Line, ...]
    sub_total: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO
    url: str = ""
    sent_to_contact: bool = False
    branding_theme_id: str = ""
    created_by: str
    """Client id, or `person`."""
    updated_at: datetime


def line_total(quantity: Decimal, unit_amount: Decimal, discount: Decimal | None) -> Decimal:
    """Return what a line comes to, to the cent."""
    share = Decimal(1) if discount is None else (Decimal(100) - discount) / 100
    return round_half_up(product(quantity, unit_amount, share))


def line_tax(amount: Decimal, rate: Decimal, amount_types: AmountTypes) -> Decimal:
    """Return a line's tax, rounded for itself."""
    if amount_types == "NoTax" or not rate:
        return ZERO
    if amount_types == "Inclusive":
        return round_half_up(amount * rate / (100 + rate))
    return round_half_up(amount * rate / 100)


def with_totals(invoice: Invoice, skew: Decimal = ZERO) -> Invoice:
    """Add the lines up; `skew` makes Xero's own subtotal wrong, for tests."""
    amount = total(line.line_amount for line in invoice.lines)
    tax = total(line.tax_amount for line in invoice.lines)
    before_tax = (amount - tax if invoice.amount_types == "Inclusive" else amount) + skew
    return invoice.model_copy(
        update={"sub_total": before_tax, "total_tax": tax, "total": before_tax + tax}
    )


def render(
    invoice: Invoice, contact: Contact | None, *, places: int, with_lines: bool
) -> dict[str, Any]:
    """Write an invoice as the API does; `places` are the decimals of unit amounts."""
    open_amount = invoice.total if invoice.status not in ("PAID", "VOIDED", "DELETED") else ZERO
    kind = KINDS[invoice.kind]
    body: dict[str, Any] = {
        "Type": kind.type,
        kind.identity: invoice.invoice_id,
        kind.number: invoice.number,
        "Reference": invoice.reference,
        "Payments": [],
        **_settlement(invoice, open_amount),
        "SentToContact": invoice.sent_to_contact,
        "CurrencyRate": invoice.currency_rate,
        "IsDiscounted": any(line.discount_rate for line in invoice.lines),
        "HasAttachments": False,
        "HasErrors": False,
        "Contact": {
            "ContactID": invoice.contact_id,
            "Name": contact.name if contact else "",
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        },
        "DateString": day_string(invoice.issued_on),
        "Date": dotnet_day(invoice.issued_on),
        "Status": invoice.status,
        "LineAmountTypes": invoice.amount_types,
        "LineItems": [_line(line, places) for line in invoice.lines] if with_lines else [],
        "SubTotal": _money(invoice.sub_total),
        "TotalTax": _money(invoice.total_tax),
        "Total": _money(invoice.total),
        "UpdatedDateUTC": dotnet(invoice.updated_at),
        "CurrencyCode": invoice.currency,
    }
    if invoice.due_on is not None:
        body |= {
            "DueDateString": day_string(invoice.due_on),
            "DueDate": dotnet_day(invoice.due_on),
        }
    if invoice.branding_theme_id:
        body["BrandingThemeID"] = invoice.branding_theme_id
    if invoice.url:
        body["Url"] = invoice.url
    return body


def _settlement(invoice: Invoice, open_amount: Decimal) -> dict[str, Any]:
    if invoice.kind == "credit_note":
        return {"Allocations": [], "RemainingCredit": _money(open_amount)}
    return {
        "Prepayments": [],
        "Overpayments": [],
        "CreditNotes": [],
        "AmountDue": _money(open_amount),
        "AmountPaid": _money(invoice.total if invoice.status == "PAID" else ZERO),
        "AmountCredited": _money(ZERO),
    }


def _line(line: Line, places: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "LineItemID": line.line_item_id,
        "Description": line.description,
        "TaxType": line.tax_type,
        "TaxAmount": _money(line.tax_amount),
        "LineAmount": _money(line.line_amount),
        "Tracking": [
            {
                "Name": tag.name,
                "Option": tag.option,
                "TrackingCategoryID": tag.category_id,
                "TrackingOptionID": tag.option_id,
            }
            for tag in line.tracking
        ],
        "ValidationErrors": [],
    }
    if line.quantity is not None:
        body["Quantity"] = round_half_up(line.quantity, 4)
    if line.unit_amount is not None:
        body["UnitAmount"] = round_half_up(line.unit_amount, places)
    if line.item_code:
        body["ItemCode"] = line.item_code
    if line.account_code:
        body |= {"AccountCode": line.account_code, "AccountID": line.account_id}
    if line.discount_rate is not None:
        body["DiscountRate"] = line.discount_rate
    return body


def _money(value: Decimal) -> Decimal:
    return round_half_up(value, 2)
