"""Charges to agreement additions and back, and every rule that we can check beforehand.

Pure: no clock, so the same charges over the same ConnectWise give the same request.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.money import ZERO, multiply, round_minor, subtract, to_text

from syncline_connectwise.schemas import CwAddition, CwAgreement, CwProduct

MOST_TEXT = 6000
BILLABLE = "Billable"
_UNUSABLE = frozenset({"Cancelled", "Expired", "Inactive"})
_FIELDS = {
    "product": "product",
    "quantity": "quantity",
    "unit_price": "unitPrice",
    "unit_cost": "unitCost",
    "bill_customer": "billCustomer",
    "effective": "effectiveDate",
    "cancelled": "cancelledDate",
}
"""Canonical name -> the vendor's."""
_ALWAYS = ("unit_price", "unit_cost")
"""Sent with every change: a product that is pointed to anew would bring its own."""


class NotBillableError(Exception):
    """ConnectWise would refuse it, or never bill it; the detail says what to do."""

    def __init__(self, detail: str, code: str = "rejected") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Draft:
    """An addition as it should be: one charge, inside one billing period."""

    agreement_id: int
    product: str
    price: Decimal
    cost: Decimal
    effective: date
    cancelled: date
    text: str
    serial: str

    def canonical(self) -> dict[str, object]:
        """What is compared with ConnectWise."""
        return _canonical(
            self.agreement_id,
            self.product,
            Decimal(1),
            self.price,
            self.cost,
            BILLABLE,
            self.effective,
            self.cancelled,
        )


def unit_name(charge: Charge) -> str:
    """An addition is one charge on one agreement: on another agreement it is another addition."""
    return f"{charge.agreement_id or 0}/{charge.vendor_item}"


def agreement_of(unit: str) -> int:
    """Agreement of a unit; 0 where it has none."""
    text = unit.partition("/")[0]
    return int(text) if text.isdecimal() else 0


def to_draft(
    charges: ChargeSet,
    charge: Charge,
    external_key: str,
    agreement: CwAgreement | None,
    product: CwProduct | None,
    *,
    in_open_period: bool,
    before: Mapping[str, object] | None,
) -> Draft:
    """The addition of a charge. Raises `NotBillableError`.

    `before` is what stands there or was written last: its dates stay.
    """
    agreement = _usable(charges, charge, agreement)
    if product is None or product.inactive_flag or product.product_class == "Bundle":
        why = "missing" if product is None else "inactive" if product.inactive_flag else "a bundle"
        raise NotBillableError(
            f"The product {charge.product_id!r} is {why} in ConnectWise. Choose another one in the "
            "billing profile."
        )
    if charge.sell != round_minor(charge.sell, charges.currency):
        raise NotBillableError(
            f"{charge.product_id} comes to {to_text(charge.sell)} {charges.currency}, which is no "
            "whole number of its smallest unit.",
            "tie_out_failed",
        )
    effective, cancelled = _period(
        charges.billing_month, agreement, before, in_open_period=in_open_period
    )
    return Draft(
        agreement_id=agreement.id,
        product=product.identifier,
        price=charge.sell,
        cost=round_minor(charge.cost, charges.currency),
        effective=effective,
        cancelled=cancelled,
        text=_text(charges, charge, external_key),
        serial=external_key,
    )


def _usable(charges: ChargeSet, charge: Charge, agreement: CwAgreement | None) -> CwAgreement:
    who = charges.client_name or charges.tenant_name
    if agreement is None:
        raise NotBillableError(
            f"The agreement {charge.agreement_id or ''} of {who} is not in ConnectWise any more. "
            "Choose another one for this tenant."
        )
    if str(agreement.company.id) != charges.client_id:
        raise NotBillableError(
            f"The agreement {agreement.name!r} belongs to {agreement.company.name or 'another'!r} "
            f"in ConnectWise, and the tenant to {who!r}. Choose an agreement of that company."
        )
    _active(agreement)
    cycle = agreement.billing_cycle.name if agreement.billing_cycle else ""
    if cycle and "month" not in cycle.casefold():
        raise NotBillableError(
            f"The agreement {agreement.name!r} is billed {cycle}, and the charges are of one "
            "month. Choose an agreement that is billed monthly."
        )
    currency = agreement.currency.currency_code if agreement.currency else ""
    if currency and currency != charges.currency:
        raise NotBillableError(
            f"The agreement {agreement.name!r} is in {currency} and the charges are in "
            f"{charges.currency}; an addition has none of its own. Choose another agreement.",
            "currency_mismatch",
        )
    return agreement


def to_offset(
    label: str,
    form: Mapping[str, object],
    amount: Decimal,
    external_key: str,
    agreement: CwAgreement | None,
) -> Draft:
    """What takes an invoiced addition back, in the period now open. Raises `NotBillableError`."""
    if agreement is None:
        raise NotBillableError(
            f"The agreement that {label} was invoiced on is not in ConnectWise any more. "
            "Credit it there by hand."
        )
    _active(agreement)
    cost = multiply(Decimal(str(form["quantity"])), Decimal(str(form["unit_cost"])))
    effective, cancelled = _period(str(form["effective"])[:7], agreement, None, in_open_period=True)
    return Draft(
        agreement_id=agreement.id,
        product=str(form["product"]),
        price=subtract(ZERO, amount),
        cost=subtract(ZERO, cost),
        effective=effective,
        cancelled=cancelled,
        text=f"Takes back {label} [{external_key}]",
        serial=external_key,
    )


def _active(agreement: CwAgreement) -> None:
    if agreement.cancelled_flag or agreement.agreement_status in _UNUSABLE:
        state = "Cancelled" if agreement.cancelled_flag else agreement.agreement_status
        raise NotBillableError(
            f"The agreement {agreement.name!r} is {state} in ConnectWise: what is added to it is "
            "never billed. Renew it there, or choose another one."
        )


def _period(
    month: str,
    agreement: CwAgreement,
    before: Mapping[str, object] | None,
    *,
    in_open_period: bool,
) -> tuple[date, date]:
    """First and last day, both inside one billing period."""
    if before:
        first, last = (str(before.get(name) or "") for name in ("effective", "cancelled"))
        if first and last:
            return date.fromisoformat(first), date.fromisoformat(last)
    first_day = date.fromisoformat(f"{month}-01")
    upcoming = agreement.next_invoice_date
    if in_open_period and upcoming is not None:
        first_day = upcoming.replace(day=1)
    days = calendar.monthrange(first_day.year, first_day.month)[1]
    last_day = first_day.replace(day=days)
    is_invoiced = upcoming is not None and upcoming > last_day
    if not in_open_period and is_invoiced and not agreement.prorate_flag:
        raise NotBillableError(
            f"{month} of the agreement {agreement.name!r} is invoiced already, and "
            "it does not prorate: an addition in that month would never be billed. Set the "
            "connection to bill in the open period."
        )
    if agreement.end_date is not None and agreement.end_date < first_day:
        raise NotBillableError(
            f"The agreement {agreement.name!r} ends on {agreement.end_date.isoformat()}, before "
            f"{first_day.isoformat()}. Renew it in ConnectWise, or choose another one."
        )
    return first_day, last_day


def from_addition(addition: CwAddition, agreement_id: int) -> dict[str, object]:
    """Canonical form of what stands in ConnectWise."""
    return _canonical(
        agreement_id,
        addition.product.identifier,
        addition.quantity,
        addition.unit_price,
        addition.unit_cost,
        addition.bill_customer,
        addition.effective_date,
        addition.cancelled_date,
    )


def amount_of(addition: CwAddition) -> Decimal:
    """What an addition bills before tax; one that does not bill comes to nothing."""
    is_billed = addition.bill_customer == BILLABLE
    return multiply(addition.quantity, addition.unit_price) if is_billed else ZERO


def to_body(draft: Draft) -> dict[str, Any]:
    """Body of a create; amounts as text, see `to_wire`."""
    form = draft.canonical()
    body = {vendor: _value(name, form[name]) for name, vendor in _FIELDS.items()}
    return {**body, "serialNumber": draft.serial, "invoiceDescription": draft.text}


def to_operations(draft: Draft, current: Mapping[str, object]) -> list[dict[str, Any]]:
    """Operations of an update: what differs, and always price and cost."""
    form = draft.canonical()
    changed = [name for name in _FIELDS if name in _ALWAYS or form.get(name) != current.get(name)]
    operations = [
        {"op": "replace", "path": _FIELDS[name], "value": _value(name, form[name])}
        for name in changed
    ]
    return [*operations, {"op": "replace", "path": "invoiceDescription", "value": draft.text}]


def to_wire(body: Any) -> Any:
    """The same with amounts as exact numbers, as ConnectWise wants them."""
    if isinstance(body, list):
        return [
            {**one, "value": Decimal(one["value"])} if one["path"] in _NUMBERS else one
            for one in body
        ]
    return {name: Decimal(one) if name in _NUMBERS else one for name, one in body.items()}


_NUMBERS = frozenset({"quantity", "unitPrice", "unitCost"})


def _value(name: str, value: object) -> object:
    if name == "product":
        return {"identifier": value}
    return f"{value}T00:00:00Z" if name in ("effective", "cancelled") else value


def _canonical(
    agreement_id: int,
    product: str,
    quantity: Decimal,
    price: Decimal,
    cost: Decimal,
    bill_customer: str,
    effective: date | None,
    cancelled: date | None,
) -> dict[str, object]:
    return {
        "agreement": str(agreement_id),
        "product": product,
        "quantity": _number(quantity),
        "unit_price": _number(price),
        "unit_cost": _number(cost),
        "bill_customer": bill_customer,
        "effective": effective.isoformat() if effective else "",
        "cancelled": cancelled.isoformat() if cancelled else "",
    }


def _number(value: Decimal) -> str:
    """One text for one number: a double comes back without the zeros that we sent."""
    text = to_text(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(charges: ChargeSet, charge: Charge, external_key: str) -> str:
    what = " ".join((charge.description or charge.vendor_item).split())
    end = f", Azure {charges.billing_month} [{external_key}]"
    return what[: MOST_TEXT - len(end)] + end
