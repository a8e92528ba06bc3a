"""A document as it should be and as it stands in Xero: to its JSON and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from syncline_chassis.errors import NotBillableError
from syncline_contracts.money import ARITHMETIC, ZERO, add, subtract, to_text

from syncline_xero.kind import CREDIT_NOTE, INVOICE, Kind, of_type
from syncline_xero.schemas import XeroDocument, XeroLine
from syncline_xero.terms import Terms
from syncline_xero.tracking import Tag, tags_of

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """One line, from one charge."""

    item: str
    description: str
    amount: Decimal
    account: str
    tax_type: str
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it should be; amounts are what is owed to us: negative on a credit note."""

    kind: Kind
    number: str
    reference: str
    contact_id: str
    currency: str
    issued_on: date
    due_on: date | None
    """None for a credit note."""
    lines: tuple[Line, ...]
    without_charge: tuple[str, ...]
    is_tagged: bool
    """The connection says which tags lines bear; else they are nobody's business."""

    @property
    def amount(self) -> Decimal:
        """Before tax."""
        return add(line.amount for line in self.lines)

    def canonical(self) -> dict[str, object]:
        """What is compared with Xero."""
        form = _canonical(
            self.number,
            self.contact_id,
            self.currency,
            self.issued_on,
            self.due_on,
            "Exclusive",
            [_line_form(x.item, x.amount, x.account, x.tax_type) for x in self.lines],
        )
        tracking = _tracking((line.item, line.tags) for line in self.lines)
        return {**form, "tracking": tracking} if self.is_tagged else form

    def notes(self) -> dict[str, object]:
        """What is shown, but may be reworded in Xero."""
        notes: dict[str, object] = {
            "reference": self.reference,
            "descriptions": [line.description for line in self.lines],
        }
        if self.without_charge:
            notes["left_out_at_0.00"] = list(self.without_charge)
        return notes


def to_offset(
    there: XeroDocument,
    number: str,
    external_key: str,
    terms: Terms,
    locked_until: date | None,
    *,
    is_tagged: bool,
) -> Draft:
    """What takes a document back that is no draft any more: its lines, the other way round.

    Raises `NotBillableError` where its lines do not come to what it bills before tax.
    """
    _check_tied(there)
    kind = CREDIT_NOTE if of_type(there.type) is INVOICE else INVOICE
    first_open = locked_until + timedelta(days=1) if locked_until else None
    issued_on = max(day for day in (there.date, first_open) if day is not None)
    return Draft(
        kind=kind,
        number=number,
        reference=f"Takes back {there.number} [{external_key}]",
        contact_id=there.contact.contact_id.lower(),
        currency=there.currency_code,
        issued_on=issued_on,
        due_on=due_on(kind, issued_on, terms),
        lines=tuple(
            Line(
                item=line.item_code,
                description=line.description or line.item_code,
                amount=_owed(kind, _before_tax(there, line)),
                account=line.account_code,
                tax_type=line.tax_type,
                tags=tags_of(line.tracking),
            )
            for line in there.line_items
            if _before_tax(there, line)
        ),
        without_charge=(),
        is_tagged=is_tagged,
    )


def _check_tied(there: XeroDocument) -> None:
    lines = add(_before_tax(there, line) for line in there.line_items)
    if lines != there.sub_total:
        raise NotBillableError(
            f"{there.number} bills {to_text(there.sub_total)} before tax in Xero and its lines "
            f"come to {to_text(lines)}, so that they cannot be taken back one by one. Take it back "
            "there by hand."
        )


def _before_tax(there: XeroDocument, line: XeroLine) -> Decimal:
    """What a line comes to; a person may have had its amount include the tax."""
    stated = line.line_amount or ZERO
    return subtract(stated, line.tax_amount or ZERO) if there.includes_tax else stated


def _owed(kind: Kind, stated: Decimal) -> Decimal:
    """From what Xero states to what is owed to us, and back."""
    return stated if kind.sign > 0 else subtract(ZERO, stated)


def to_element(draft: Draft, current: XeroDocument | None) -> dict[str, Any]:
    """The element of a request; amounts as text, see `to_wire`. Lines that stay keep their ids."""
    known: dict[str, list[str]] = {}
    for there in current.line_items if current else ():
        known.setdefault(there.item_code, []).append(there.line_item_id)
    lines: list[dict[str, Any]] = []
    for line in draft.lines:
        element: dict[str, Any] = {
            "ItemCode": line.item,
            "Description": line.description,
            "Quantity": 1,
            "UnitAmount": to_text(_owed(draft.kind, line.amount)),
            "AccountCode": line.account,
            "TaxType": line.tax_type,
        }
        if known.get(line.item):
            # Without tags in the request it keeps those that a person gave it.
            element["LineItemID"] = known[line.item].pop(0)
        if line.tags:
            element["Tracking"] = [
                {"TrackingCategoryID": tag.category_id, "TrackingOptionID": tag.option_id}
                for tag in line.tags
            ]
        lines.append(element)
    identity = {draft.kind.identity: current.document_id} if current else {}
    due = {"DueDate": draft.due_on.isoformat()} if draft.due_on else {}
    return {
        **identity,
        "Type": draft.kind.type,
        "Status": "DRAFT",
        "Contact": {"ContactID": draft.contact_id},
        draft.kind.number: draft.number,
        "Reference": draft.reference,
        "Date": draft.issued_on.isoformat(),
        **due,
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": draft.currency,
        "LineItems": lines,
    }


def to_wire(element: Mapping[str, Any]) -> dict[str, Any]:
    """The same with amounts as exact numbers, as Xero wants them."""
    if "LineItems" not in element:
        return dict(element)
    lines = [
        {**line, "UnitAmount": Decimal(str(line["UnitAmount"]))} for line in element["LineItems"]
    ]
    return {**element, "LineItems": lines}


def from_document(document: XeroDocument) -> dict[str, object]:
    """Canonical form of what stands in Xero."""
    kind = of_type(document.type)
    lines = [line for line in document.line_items if not _is_text(line)]
    form = _canonical(
        document.number,
        document.contact.contact_id,
        document.currency_code,
        document.date,
        document.due_date if kind is INVOICE else None,
        document.line_amount_types,
        [
            _line_form(
                line.item_code,
                _owed(kind, line.line_amount or ZERO),
                line.account_code,
                line.tax_type,
            )
            for line in lines
        ],
    )
    tracking = _tracking((line.item_code, tags_of(line.tracking)) for line in lines)
    return {**form, "tracking": tracking}


def bills_the_same(left: Mapping[str, object], right: Mapping[str, object]) -> bool:
    """Tell whether two canonical forms differ in dates and tags at most."""
    return _billed(left) == _billed(right)


def _billed(canonical: Mapping[str, Any]) -> dict[str, object]:
    aside = {"date", "due_date", "tracking"}
    return {name: value for name, value in canonical.items() if name not in aside}


def amount_of(document: XeroDocument) -> Decimal:
    """What is owed to us, before tax."""
    return _owed(of_type(document.type), document.sub_total)


def _is_text(line: XeroLine) -> bool:
    """A person's remark: it bills nothing."""
    return not line.line_amount and not line.unit_amount


def _canonical(
    number: str,
    contact_id: str,
    currency: str,
    issued_on: date | None,
    due_on: date | None,
    amounts: str,
    lines: Sequence[dict[str, str]],
) -> dict[str, object]:
    return {
        "number": number,
        "contact": contact_id.lower(),
        "currency": currency,
        "date": issued_on.isoformat() if issued_on else "",
        "due_date": due_on.isoformat() if due_on else "",
        "amounts": amounts,
        # Their order is nobody's business, so a person may change it.
        "lines": sorted(lines, key=_in_order),
    }


def _in_order(line: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(line.values())


def _line_form(item: str, amount: Decimal, account: str, tax_type: str) -> dict[str, str]:
    cents = amount.quantize(CENT, context=ARITHMETIC)
    exact = cents if cents == amount else amount
    return {"item": item, "amount": to_text(exact), "account": account, "tax_type": tax_type}


def _tracking(lines: Iterable[tuple[str, Sequence[Tag]]]) -> list[dict[str, str]]:
    """Tags by line, apart: they are compared only where the connection named them."""
    forms = [
        {"item": item, "tags": "; ".join(sorted(tag.text for tag in tags))} for item, tags in lines
    ]
    return sorted(forms, key=_in_order)


def due_on(kind: Kind, issued_on: date, terms: Terms) -> date | None:
    """A credit note is never due."""
    return terms.due(issued_on) if kind is INVOICE else None
