"""What a person changes of an invoice in Xero's own pages, where no rule of the API applies."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.decimals import round_half_up
from syncline_sandbox.xero.invoice import (
    AmountTypes,
    Invoice,
    Line,
    Status,
    Tracking,
    line_tax,
    line_total,
    with_totals,
)
from syncline_sandbox.xero.organisation import TrackingCategory

Rates = Mapping[str, Decimal]


class Order(BaseModel):
    """What is asked of the control; nothing that it does not know."""

    model_config = ConfigDict(extra="forbid")


class LineEdit(Order):
    """A change of one line, by position."""

    index: int = Field(ge=0)
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    tracking: tuple[str, ...] | None = None
    """Names of options, in place of the tags that it has."""
    remove: bool = False


class InvoiceEdit(Order):
    """Changes of an invoice; what is not given stays."""

    status: Status | None = None
    number: str | None = None
    reference: str | None = None
    contact_id: str | None = None
    amount_types: AmountTypes | None = None
    """Amounts of the lines stay as they are, and so do or do not include the tax."""
    lines: tuple[LineEdit, ...] = ()


def edited_invoice(
    invoice: Invoice,
    edit: InvoiceEdit,
    rates: Rates,
    categories: Sequence[TrackingCategory],
    now: datetime,
) -> Invoice:
    """The invoice as a person leaves it. Raises `HTTPException` for a line that is not there."""
    changes = edit.model_dump(exclude_none=True, exclude={"lines"})
    if edit.amount_types:
        invoice = _retaxed(invoice, edit.amount_types, rates)
    lines: list[Line | None] = list(invoice.lines)
    for change in edit.lines:
        if change.index >= len(lines):
            raise HTTPException(422, f"the invoice has no line {change.index}")
        line = lines[change.index]
        if change.remove or line is None:
            lines[change.index] = None
            continue
        lines[change.index] = _tagged(_edited(line, change, invoice, rates), change, categories)
    changes |= {"lines": tuple(line for line in lines if line is not None), "updated_at": now}
    edited = invoice.model_copy(update=changes)
    return with_totals(edited) if edit.lines or edit.amount_types else edited


def _edited(line: Line, change: LineEdit, invoice: Invoice, rates: Rates) -> Line:
    given = change.model_dump(include={"description", "quantity", "unit_amount"}, exclude_none=True)
    edited = line.model_copy(update=given)
    if edited.quantity is None or edited.unit_amount is None:
        return edited
    amount = line_total(edited.quantity, edited.unit_amount, edited.discount_rate)
    rate = rates.get(edited.tax_type, Decimal(0))
    tax = line_tax(amount, rate, invoice.amount_types)
    return edited.model_copy(
        update={
            "quantity": round_half_up(edited.quantity, 4),
            "line_amount": amount,
            "tax_amount": tax,
        }
    )


def _retaxed(invoice: Invoice, amount_types: AmountTypes, rates: Rates) -> Invoice:
    lines = tuple(
        line.model_copy(
            update={
                "tax_amount": line_tax(
                    line.line_amount, rates.get(line.tax_type, Decimal(0)), amount_types
                )
            }
        )
        for line in invoice.lines
    )
    return invoice.model_copy(update={"amount_types": amount_types, "lines": lines})


def _tagged(line: Line, change: LineEdit, categories: Sequence[TrackingCategory]) -> Line:
    if change.tracking is None:
        return line
    tags = tuple(
        Tracking(
            category_id=category.category_id,
            option_id=option.option_id,
            name=category.name,
            option=option.name,
        )
        for category in categories
        for option in category.options
        if option.name in change.tracking
    )
    return line.model_copy(update={"tracking": tags})
