"""Charges to a Xero invoice or credit note, and every rule of Xero's that we can check beforehand.

Pure: no clock; the same charges over the same Xero give the same request, on the same day where
the connection dates invoices by the day.
"""

import calendar
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncline_chassis.connector.difference import part_of
from syncline_chassis.errors import NotBillableError
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.money import ARITHMETIC, add, round_minor, to_text

from syncline_xero.document import CENT, Draft, Line, due_on
from syncline_xero.kind import Kind, for_total
from syncline_xero.schemas import (
    XeroAccount,
    XeroContact,
    XeroItem,
    XeroTaxRate,
    XeroTerms,
)
from syncline_xero.terms import AFTER_DATE, OF_CONTACT, RULES, Terms, agreed
from syncline_xero.tracking import MOST_TAGS, Tag, find, wanted

MOST_TEXT = 4000
MONTH_END = "month_end"
SYNC_DAY = "sync_day"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What a partner set in the connection."""

    prefix: str = "AZ"
    date_rule: str = MONTH_END
    due_rule: str = AFTER_DATE
    due_days: int = 14
    """Or the day of the month, as `due_rule` has it."""
    account_code: str = ""
    tax_type: str = ""
    tracking: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Rules":
        """Read a connection's form."""
        return cls(
            prefix=form.get("invoice_prefix") or "AZ",
            date_rule=form.get("date_rule") or MONTH_END,
            due_rule=form.get("due_rule") or AFTER_DATE,
            due_days=int(form.get("due_days") or 14),
            account_code=form.get("account_code", ""),
            tax_type=form.get("tax_type", ""),
            tracking=form.get("tracking", ""),
        )

    @property
    def asks_contact(self) -> bool:
        """The contact's own terms say when an invoice is due."""
        return self.due_rule == OF_CONTACT

    @property
    def is_tagged(self) -> bool:
        """It says which tags lines bear."""
        return bool(wanted(self.tracking))

    def terms(self, *in_xero: XeroTerms | None) -> Terms:
        """When an invoice is due; the first that are agreed in Xero, where those are asked."""
        found = agreed(*in_xero) if self.asks_contact else None
        return found or Terms(RULES.get(self.due_rule, RULES[AFTER_DATE]), self.due_days)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the organisation has set up."""

    currencies: frozenset[str]
    locked_until: date | None
    today: date
    """Where the organisation is."""
    terms: XeroTerms | None
    """For contacts that have none of their own."""
    items: Mapping[str, XeroItem]
    accounts: Mapping[str, XeroAccount]
    tax_rates: Mapping[str, XeroTaxRate]
    contacts: Mapping[str, XeroContact]
    tags: Sequence[Tag] = ()


def kind_of(charges: ChargeSet) -> Kind | None:
    """What these charges become; nothing at a total of zero (ADR 0012)."""
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
    contact = _contact(charges, setup)
    terms = rules.terms(contact.payment_terms, setup.terms)
    if charges.currency not in setup.currencies:
        raise NotBillableError(
            f"The charges are in {charges.currency}, which the Xero organisation does not use "
            f"(it uses {', '.join(sorted(setup.currencies))}). Add the currency in Xero, or change "
            "the partner's.",
            "currency_mismatch",
        )
    kind = kind_of(charges)
    if kind is None:
        raise AssertionError("a total of zero has no document")
    billed = charges.billed()
    lines = tuple(_line(charge, charges.currency, rules, setup) for charge in billed)

    def build(issued_on: date) -> Draft:
        return Draft(
            kind=kind,
            number=number,
            reference=_reference(charges, external_key),
            contact_id=contact.contact_id.lower(),
            currency=charges.currency,
            issued_on=issued_on,
            due_on=due_on(kind, issued_on, terms),
            lines=lines,
            without_charge=tuple(
                f"{charge.product_id}: {_one_line(charge.description)}"[:200]
                for charge in charges.charges
                if charge.sell == 0
            ),
            is_tagged=rules.is_tagged,
        )

    is_today = rules.date_rule == SYNC_DAY
    first = setup.today if is_today else _month_end(charges.billing_month)
    return _dated(first, setup, build, written or current, current)


def _dated(
    first: date,
    setup: Setup,
    build: Callable[[date], Draft],
    before: Mapping[str, object] | None,
    current: Mapping[str, object] | None,
) -> Draft:
    stated = before.get("date") if before else None
    draft = build(date.fromisoformat(str(stated)) if stated else first)
    lock = setup.locked_until
    wanted = draft.canonical()
    stays = current is not None and wanted == part_of(current, wanted)
    if lock is None or draft.issued_on > lock or stays:
        return draft
    return build(lock + timedelta(days=1))


def _contact(charges: ChargeSet, setup: Setup) -> XeroContact:
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
    return contact


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
        tags=_tags(rules, setup),
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


def _tags(rules: Rules, setup: Setup) -> tuple[Tag, ...]:
    named = wanted(rules.tracking)
    found = [find(text, setup.tags) for text in named]
    missing = [text for text, tag in zip(named, found, strict=True) if tag is None]
    if missing or len(named) > MOST_TAGS:
        what = f"has no active option {missing[0]!r}" if missing else "takes two tags on a line"
        raise NotBillableError(
            f"The connection tags lines with {rules.tracking!r}, and Xero {what}. Write it as "
            "Category: Option, as it is called in Xero."
        )
    return tuple(tag for tag in found if tag is not None)


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
