"""Charges to agreement additions and back.

Pure: no clock, so the same charges over the same ConnectWise give the same request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.charge_unit import check_rounded
from syncline_chassis.errors import NotBillableError
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.money import ZERO, multiply, round_minor, shortest, subtract

from syncline_connectwise.period import Period, period_for
from syncline_connectwise.preflight import (
    Place,
    Rules,
    check_agreement,
    check_write,
    find_agreement,
)
from syncline_connectwise.schemas import CwAddition, CwAgreement

MOST_TEXT = 6000
BILLABLE = "Billable"
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


@dataclass(frozen=True, slots=True)
class Draft:
    """An addition as it should be: one charge, inside one billing period."""

    agreement_id: int
    product: str
    price: Decimal
    cost: Decimal
    days: Period
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
            self.days.first,
            self.days.last,
        )


def to_draft(
    charges: ChargeSet,
    charge: Charge,
    external_key: str,
    place: Place,
    rules: Rules,
    *,
    before: Mapping[str, object] | None,
) -> Draft:
    """The addition of a charge. Raises `NotBillableError`.

    `before` is what stands there or was written last: its dates stay, and where it is as it should
    be, nothing of the place matters that only a write would need.
    """
    agreement = find_agreement(charges, charge, place)
    check_rounded(charge, charges.currency)
    days = _kept(before or {})
    if days is None:
        check_write(charges, charge, place, rules)
        days = period_for(charges.billing_month, agreement, in_open_period=rules.in_open_period)
    draft = Draft(
        agreement_id=agreement.id,
        product=charge.product_id,
        price=charge.sell,
        cost=round_minor(charge.cost, charges.currency),
        days=days,
        text=_text(charges, charge, external_key),
        serial=external_key,
    )
    if draft.canonical() != before:
        check_write(charges, charge, place, rules)
    return draft


def to_offset(
    label: str,
    form: Mapping[str, object],
    amount: Decimal,
    external_key: str,
    agreement: CwAgreement | None,
    rules: Rules,
) -> Draft:
    """What takes an invoiced addition back, in the period now open. Raises `NotBillableError`."""
    if agreement is None:
        raise NotBillableError(
            f"The agreement that {label} was invoiced on is not in ConnectWise any more. "
            "Credit it there by hand."
        )
    check_agreement(agreement, rules)
    cost = multiply(Decimal(str(form["quantity"])), Decimal(str(form["unit_cost"])))
    return Draft(
        agreement_id=agreement.id,
        product=str(form["product"]),
        price=subtract(ZERO, amount),
        cost=subtract(ZERO, cost),
        days=period_for(str(form["effective"])[:7], agreement, in_open_period=True),
        text=f"Takes back {label} [{external_key}]",
        serial=external_key,
    )


def _kept(before: Mapping[str, object]) -> Period | None:
    """The days of what stands there; None where it has no end, or is not there."""
    first, last = (str(before.get(name) or "") for name in ("effective", "cancelled"))
    return Period(date.fromisoformat(first), date.fromisoformat(last)) if first and last else None


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


def ignored(operations: Sequence[Mapping[str, Any]], answer: CwAddition) -> list[str]:
    """Fields of an update that the answer does not show: a 200 says nothing about them.

    A text counts by its words. The paths of `operations` are the vendor's.
    """
    form = from_addition(answer, 0)
    shown: dict[str, object] = {vendor: form[name] for name, vendor in _FIELDS.items()}
    shown["invoiceDescription"] = answer.invoice_description
    return [
        str(one["path"])
        for one in operations
        if _comparable(one["value"]) != _comparable(shown[one["path"]])
    ]


def amount_wanted(operations: Sequence[Mapping[str, Any]]) -> Decimal:
    """What an update is to come to: its price, for the quantity is 1."""
    return next(Decimal(one["value"]) for one in operations if one["path"] == "unitPrice")


def _comparable(value: object) -> object:
    """A product by its identifier, a moment by its day, any other text by its words."""
    if isinstance(value, Mapping):
        return value["identifier"]
    return " ".join(str(value).removesuffix("T00:00:00Z").split())


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
        "quantity": shortest(quantity),
        "unit_price": shortest(price),
        "unit_cost": shortest(cost),
        "bill_customer": bill_customer,
        "effective": effective.isoformat() if effective else "",
        "cancelled": cancelled.isoformat() if cancelled else "",
    }


def _text(charges: ChargeSet, charge: Charge, external_key: str) -> str:
    what = " ".join((charge.description or charge.vendor_item).split())
    end = f", Azure {charges.billing_month} [{external_key}]"
    return what[: MOST_TEXT - len(end)] + end
