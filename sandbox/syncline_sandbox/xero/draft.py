"""From a request's element to an invoice: every rule of Xero's that a bill can break."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast, get_args
from uuid import uuid4

from syncline_sandbox.decimals import as_decimal, round_half_up
from syncline_sandbox.xero.books import Books
from syncline_sandbox.xero.invoice import AmountTypes, Invoice, Line, with_totals
from syncline_sandbox.xero.kind import CREDIT_NOTE, INVOICE, Kind
from syncline_sandbox.xero.line_draft import LineDrafts
from syncline_sandbox.xero.organisation import Contact, Organisation, Organisations
from syncline_sandbox.xero.wire import read_day

_NEXT: Mapping[str, frozenset[str]] = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
}
_NEW = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
_SPOKEN = {"invoice": "Invoice", "credit_note": "Credit note"}


@dataclass
class RefusedError(Exception):
    """An element with validation errors, for itself and by line."""

    messages: list[str]
    by_line: dict[int, list[str]] = field(default_factory=dict)

    def all(self) -> list[str]:
        """Return every message once; Xero repeats a line's errors on its document."""
        lines = [message for found in self.by_line.values() for message in found]
        return list(dict.fromkeys([*self.messages, *lines]))


class Drafts:
    """Checks the elements of one request against one organisation."""

    def __init__(
        self,
        organisation: Organisation,
        organisations: Organisations,
        books: Books,
        client_id: str,
        places: int,
        now: datetime,
        kind: Kind = INVOICE,
    ) -> None:
        self._kind = kind
        self._organisation = organisation
        self._organisations = organisations
        self._books = books
        self._client_id = client_id
        self._lines = LineDrafts(organisation, organisations, places)
        self._now = now

    def create(self, element: Mapping[str, Any]) -> Invoice:
        """Make a new invoice.

        Raises:
            RefusedError: a rule is broken.
        """
        errors: list[str] = []
        self._type(element.get("Type"), errors)
        if "Contact" not in element:
            errors.append("A Contact must be specified for this type of transaction")
        if not element.get("LineItems"):
            errors.append("One or more line items must be specified")
        empty = Invoice(
            kind="credit_note" if self._kind is CREDIT_NOTE else "invoice",
            invoice_id=str(uuid4()),
            number="",
            status="DRAFT",
            contact_id="",
            issued_on=self._now.date(),
            due_on=None,
            reference="",
            amount_types="Exclusive",
            currency=self._organisation.base_currency,
            currency_rate=Decimal(1),
            lines=(),
            created_by=self._client_id,
            updated_at=self._now,
        )
        return self._apply(element, empty, _NEW, errors)

    def update(self, element: Mapping[str, Any], invoice: Invoice) -> Invoice:
        """Change an invoice; what the element leaves out stays.

        Raises:
            RefusedError: a rule is broken.
        """
        allowed = _NEXT.get(invoice.status, frozenset())
        status = element.get("Status", invoice.status)
        content = set(element) - {"Type", "Status", self._kind.identity, self._kind.number}
        renamed = element.get(self._kind.number, invoice.number) != invoice.number
        if invoice.status != "DRAFT" and (content or renamed or status not in allowed):
            raise RefusedError([f"{self._kind.noun} not of valid status for modification"])
        errors: list[str] = []
        self._type(element.get("Type", self._kind.type), errors)
        if status == "VOIDED":
            self._issued({}, invoice, errors)
        if status in allowed & {"DELETED", "VOIDED"} and not errors:
            return invoice.model_copy(update={"status": status, "updated_at": self._now})
        return self._apply(element, invoice, allowed, errors)

    def _apply(
        self, element: Mapping[str, Any], base: Invoice, allowed: frozenset[str], errors: list[str]
    ) -> Invoice:
        kinds: tuple[str, ...] = get_args(AmountTypes)
        chosen = self._choice(element, "LineAmountTypes", base.amount_types, kinds, errors)
        amount_types = cast(AmountTypes, chosen)
        if "LineItems" in element:
            lines, by_line = self._lines.read(element["LineItems"], base.lines, amount_types)
        else:
            lines, by_line = list(base.lines), {}
        changes = {
            "number": self._number(element, base, errors),
            "status": self._choice(element, "Status", base.status, tuple(sorted(allowed)), errors),
            "contact_id": self._contact(element, base, errors),
            "issued_on": self._issued(element, base, errors),
            "due_on": self._day(element, "DueDate", base.due_on, errors),
            "reference": self._text(element, "Reference", base.reference, 255, errors),
            "amount_types": amount_types,
            "currency": self._currency(element, base, errors),
            "currency_rate": self._rate(element, base, errors),
            "lines": tuple(lines),
            "url": self._url(element, base, errors),
            "branding_theme_id": str(element.get("BrandingThemeID") or base.branding_theme_id),
            "sent_to_contact": bool(element.get("SentToContact", base.sent_to_contact)),
            "updated_at": self._now,
        }
        invoice = with_totals(base.model_copy(update=changes))
        if not by_line and invoice.total < 0:
            errors.append("The document total must not be less than zero")
        if invoice.status == "AUTHORISED":
            errors += _unfinished(invoice, lines)
        if errors or by_line:
            raise RefusedError(errors, by_line)
        return invoice

    def _type(self, given: object, errors: list[str]) -> None:
        if given != self._kind.type:
            errors.append(f"{self._kind.noun} Type must be {self._kind.type}")

    def _number(self, element: Mapping[str, Any], base: Invoice, errors: list[str]) -> str:
        org = self._organisation.organisation_id
        number = self._text(element, self._kind.number, base.number, 255, errors) or base.number
        if not number:
            return self._books.free_number(org, self._kind)
        holder = self._books.numbered(
            org,
            number,
            self._kind,
            reuse_deleted=self._organisation.reuse_deleted_numbers,
        )
        if holder is not None and holder.invoice_id != base.invoice_id:
            errors.append(f"{_SPOKEN[self._kind.name]} # must be unique.")
        return number

    def _contact(self, element: Mapping[str, Any], base: Invoice, errors: list[str]) -> str:
        if "Contact" not in element:
            return base.contact_id
        given = element["Contact"]
        identity = given.get("ContactID") if isinstance(given, Mapping) else None
        if not isinstance(identity, str):
            errors.append("The Contact must contain a ContactID")
            return ""
        if set(given) - {"ContactID"}:
            # Real Xero would change the contact; the sandbox tells instead.
            errors.append("Send only ContactID: other fields of Contact change the contact")
        contact = self._organisations.find(
            Contact, self._organisation.organisation_id, identity.lower()
        )
        if contact is None:
            errors.append("The contact with the specified contact details could not be found")
        elif contact.status != "ACTIVE":
            errors.append(f"The contact's status is {contact.status}, it must be ACTIVE")
        return identity.lower()

    def _issued(self, element: Mapping[str, Any], base: Invoice, errors: list[str]) -> date:
        day = self._day(element, "Date", base.issued_on, errors) or base.issued_on
        locks = (
            ("period lock date", self._organisation.period_lock_date),
            ("end of year lock date", self._organisation.end_of_year_lock_date),
        )
        for name, lock in locks:
            if lock is not None and day <= lock:
                errors.append(f"The document date cannot be before the {name}")
        return day

    def _currency(self, element: Mapping[str, Any], base: Invoice, errors: list[str]) -> str:
        code = str(element.get("CurrencyCode") or base.currency)
        if code not in self._organisation.currencies:
            errors.append(f"Organisation is not subscribed to currency {code}")
        return code

    def _rate(self, element: Mapping[str, Any], base: Invoice, errors: list[str]) -> Decimal:
        if element.get("CurrencyRate") is None:
            return base.currency_rate
        rate = as_decimal(element["CurrencyRate"])
        if rate is None or rate <= 0:
            errors.append("CurrencyRate must be a number above zero")
            return base.currency_rate
        return round_half_up(rate, 6)

    def _url(self, element: Mapping[str, Any], base: Invoice, errors: list[str]) -> str:
        url = self._text(element, "Url", base.url, 2000, errors)
        if "xero" in url.lower():
            errors.append("Url must not contain 'xero'")
        return url

    def _day(
        self, element: Mapping[str, Any], name: str, base: date | None, errors: list[str]
    ) -> date | None:
        if element.get(name) is None:
            return base
        day = read_day(element[name])
        if day is None:
            errors.append(f"{name} is not a valid date")
        return day

    def _text(
        self, element: Mapping[str, Any], name: str, base: str, most: int, errors: list[str]
    ) -> str:
        text = str(element[name]) if element.get(name) is not None else base
        if len(text) > most:
            errors.append(f"{name} must not be longer than {most} characters")
        return text

    def _choice(
        self,
        element: Mapping[str, Any],
        name: str,
        base: str,
        allowed: tuple[str, ...],
        errors: list[str],
    ) -> str:
        value = element.get(name)
        if value is None:
            return base
        if value not in allowed:
            errors.append(f"{name} must be one of {', '.join(allowed)}")
            return base
        return str(value)


def _unfinished(invoice: Invoice, lines: list[Line]) -> list[str]:
    is_due = invoice.due_on is not None or invoice.kind == "credit_note"
    errors = [] if is_due else ["A Due Date must be specified to approve the invoice"]
    if any(line.unit_amount is not None and not line.account_code for line in lines):
        errors.append("Account code or ID must be specified")
    return errors
