"""Charges to a Xero invoice or credit note and back, and the rules that we can check beforehand.

Pure: no clock, so the same charges over the same Xero give the same request.
"""

import calendar
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.money import ARITHMETIC, ZERO, add, round_minor, subtract, to_text

from syncline_xero.kind import CREDIT_NOTE, INVOICE, Kind, for_total, of_type
from syncline_xero.schemas import (
    XeroAccount,
    XeroContact,
    XeroDocument,
    XeroItem,
    XeroLine,
    XeroTaxRate,
)

MOST_TEXT = 4000
CENT = Decimal("0.01")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class NotBillableError(Exception):
    """Xero would refuse it; the detail says what to do."""

    def __init__(self, detail: str, code: str = "rejected") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Rules:
    """What a partner set in the connection."""

    prefix: str = "AZ"
    due_days: int = 14
    account_code: str = ""
    tax_type: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Rules":
        """Read a connection's form."""
        return cls(
            prefix=form.get("invoice_prefix") or "AZ",
            due_days=int(form.get("due_days") or 14),
            account_code=form.get("account_code", ""),
            tax_type=form.get("tax_type", ""),
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """What the organisation has set up."""

    currencies: frozenset[str]
    locked_until: date | None
    items: Mapping[str, XeroItem]
    accounts: Mapping[str, XeroAccount]
    tax_rates: Mapping[str, XeroTaxRate]
    contacts: Mapping[str, XeroContact]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, from one charge."""

    item: str
    description: str
    amount: Decimal
    account: str
    tax_type: str


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

    @property
    def amount(self) -> Decimal:
        """Before tax."""
        return add(line.amount for line in self.lines)

    def canonical(self) -> dict[str, object]:
        """What is compared with Xero."""
        return _canonical(
            self.number,
            self.contact_id,
            self.currency,
            self.issued_on,
            self.due_on,
            "Exclusive",
            [_line_form(x.item, x.amount, x.account, x.tax_type) for x in self.lines],
        )

    def notes(self) -> dict[str, object]:
        """What is shown, but may be reworded in Xero."""
        notes: dict[str, object] = {
            "reference": self.reference,
            "descriptions": [line.description for line in self.lines],
        }
        if self.without_charge:
            notes["left_out_at_0.00"] = list(self.without_charge)
        return notes


def kind_of(charges: ChargeSet) -> Kind:
    """What these charges become."""
    return for_total(add(charge.sell for charge in charges.charges))


def document_number(prefix: str, charges: ChargeSet, external_key: str) -> str:
    """Our own number: prefix, month, key; unique, and the same every time."""
    month = charges.billing_month.replace("-", "")
    return f"{prefix}-{month}-{external_key.removeprefix('SL-')}"


def to_draft(
    charges: ChargeSet,
    rules: Rules,
    setup: Setup,
    number: str,
    external_key: str,
    *,
    written: Mapping[str, object] | None = None,
    current: Mapping[str, object] | None = None,
) -> Draft:
    """The document for these charges. Raises `NotBillableError`.

    `written` and `current` are what we wrote last and what stands there: its date stays as it is,
    unless its period was locked and something else has to change.
    """
    contact_id = _contact(charges, setup)
    if charges.currency not in setup.currencies:
        raise NotBillableError(
            f"The charges are in {charges.currency}, which the Xero organisation does not use "
            f"(it uses {', '.join(sorted(setup.currencies))}). Add the currency in Xero, or change "
            "the partner's.",
            "currency_mismatch",
        )
    billed = [charge for charge in charges.charges if charge.sell != 0]
    lines = tuple(_line(charge, charges.currency, rules, setup) for charge in billed)
    if not add(line.amount for line in lines):
        raise NotBillableError(
            f"The charges come to 0.00 {charges.currency}, of which Xero makes neither an invoice "
            "nor a credit note. Ignore the tenant with a reason."
        )
    kind = kind_of(charges)

    def build(issued_on: date) -> Draft:
        return Draft(
            kind=kind,
            number=number,
            reference=_reference(charges, external_key),
            contact_id=contact_id,
            currency=charges.currency,
            issued_on=issued_on,
            due_on=_due_on(kind, issued_on, rules),
            lines=lines,
            without_charge=tuple(
                f"{charge.product_id}: {_one_line(charge.description)}"[:200]
                for charge in charges.charges
                if charge.sell == 0
            ),
        )

    return _dated(charges, setup, build, written or current, current)


def to_offset(
    there: XeroDocument, number: str, external_key: str, rules: Rules, locked_until: date | None
) -> Draft:
    """What takes a document back that is no draft any more: its lines, the other way round."""
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
        due_on=_due_on(kind, issued_on, rules),
        lines=tuple(
            Line(
                item=line.item_code,
                description=line.description or line.item_code,
                amount=_owed(kind, line.line_amount or ZERO),
                account=line.account_code,
                tax_type=line.tax_type,
            )
            for line in there.line_items
            if not _is_text(line)
        ),
        without_charge=(),
    )


def _owed(kind: Kind, stated: Decimal) -> Decimal:
    """From what Xero states to what is owed to us, and back."""
    return stated if kind.sign > 0 else subtract(ZERO, stated)


def _due_on(kind: Kind, issued_on: date, rules: Rules) -> date | None:
    return issued_on + timedelta(days=rules.due_days) if kind is INVOICE else None


def _dated(
    charges: ChargeSet,
    setup: Setup,
    build: Callable[[date], Draft],
    before: Mapping[str, object] | None,
    current: Mapping[str, object] | None,
) -> Draft:
    stated = before.get("date") if before else None
    draft = build(date.fromisoformat(str(stated)) if stated else _month_end(charges.billing_month))
    lock = setup.locked_until
    stays = current is not None and draft.canonical() == current
    if lock is None or draft.issued_on > lock or stays:
        return draft
    return build(lock + timedelta(days=1))


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
            element["LineItemID"] = known[line.item].pop(0)
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
    return _canonical(
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
            for line in document.line_items
            if not _is_text(line)
        ],
    )


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
        "lines": sorted(lines, key=lambda line: tuple(line.values())),
    }


def _line_form(item: str, amount: Decimal, account: str, tax_type: str) -> dict[str, str]:
    cents = amount.quantize(CENT, context=ARITHMETIC)
    exact = cents if cents == amount else amount
    return {"item": item, "amount": to_text(exact), "account": account, "tax_type": tax_type}


def _contact(charges: ChargeSet, setup: Setup) -> str:
    name = charges.client_name or charges.client_id
    contact = setup.contacts.get(charges.client_id.lower())
    if contact is None:
        raise NotBillableError(
            f"The contact {name!r} is not in Xero any more. Map the tenant to another contact."
        )
    if contact.contact_status not in ("ACTIVE", ""):
        raise NotBillableError(
            f"The contact {contact.name or name!r} is {contact.contact_status} in Xero. Restore it "
            "there, or map the tenant to another contact."
        )
    return contact.contact_id.lower()


def is_contact_id(text: str) -> bool:
    """Tell whether a text can be a contact's id; anything else makes Xero refuse the list."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _line(charge: Charge, currency: str, rules: Rules, setup: Setup) -> Line:
    cents = charge.sell.quantize(CENT, context=ARITHMETIC)
    if charge.sell != round_minor(charge.sell, currency) or charge.sell != cents:
        raise NotBillableError(
            f"{charge.product_id} comes to {to_text(charge.sell)} {currency}, which Xero would "
            "round.",
            "tie_out_failed",
        )
    item = setup.items.get(charge.product_id)
    if item is None or item.is_sold is False:
        raise NotBillableError(
            f"The item {charge.product_id!r} is not sold in Xero. Make it there, or choose another "
            "one in the billing profile."
        )
    account = _account(item, rules, setup)
    return Line(
        item=item.code,
        description=_words(
            _one_line(charge.description) or item.name or charge.vendor_item, MOST_TEXT
        ),
        amount=charge.sell,
        account=account.code,
        tax_type=_tax_type(item, account, rules, setup),
    )


def _account(item: XeroItem, rules: Rules, setup: Setup) -> XeroAccount:
    code = rules.account_code or (item.sales_details.account_code if item.sales_details else "")
    if not code:
        raise NotBillableError(
            f"The item {item.code!r} has no sales account. Set one in Xero, or one for all items "
            "in the connection."
        )
    account = setup.accounts.get(code)
    usable = account is not None and account.status in ("ACTIVE", "")
    if account is None or not usable or account.system_account or account.type == "BANK":
        raise NotBillableError(
            f"The account {code!r} of item {item.code!r} cannot be used in Xero: it is missing, "
            "archived, or a system or bank account. Choose another one."
        )
    return account


def _tax_type(item: XeroItem, account: XeroAccount, rules: Rules, setup: Setup) -> str:
    of_item = item.sales_details.tax_type if item.sales_details else ""
    code = rules.tax_type or of_item or account.tax_type
    rate = setup.tax_rates.get(code)
    active = rate is not None and rate.status in ("ACTIVE", "")
    if rate is None or not active or rate.can_apply_to_revenue is False:
        raise NotBillableError(
            f"The tax type {code!r} of item {item.code!r} cannot be used for sales in Xero. Choose "
            "another one for the item, its account, or the connection."
        )
    return code


def _reference(charges: ChargeSet, external_key: str) -> str:
    year, month = charges.billing_month.split("-")
    return f"Azure {MONTHS[int(month) - 1]} {year} [{external_key}]"


def _month_end(billing_month: str) -> date:
    year, month = (int(part) for part in billing_month.split("-"))
    return date(year, month, calendar.monthrange(year, month)[1])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _words(text: str, most: int) -> str:
    """Cut between words."""
    if len(text) <= most:
        return text
    cut = text[: most - 3]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "..."
