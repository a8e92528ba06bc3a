"""Charges to contract charges and back, and every rule that we can check beforehand.

Pure: no clock, so the same charges over the same Autotask give the same request.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.charge_unit import check_rounded
from syncline_chassis.errors import NotBillableError
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.money import ZERO, multiply, round_minor, shortest, subtract

from syncline_autotask.catalogue import Sold
from syncline_autotask.schemas import AtCharge, AtCompany, AtContract

KEY_FIELD = "internalPurchaseOrderNumber"
MOST_NAME, MOST_TEXT = 100, 2000
WITHOUT_CHARGES = ("block", "retainer", "incident", "ticket")
"""Parts of the names of contract types that carry no charges."""
CLOSED = frozenset({"inactive", "cancelled", "canceled", "closed", "complete", "completed"})
MATERIAL = "material"
_FIELDS = {
    "contract": "contractID",
    "code": "billingCodeID",
    "service": "contractServiceID",
    "date": "datePurchased",
    "quantity": "unitQuantity",
    "unit_price": "unitPrice",
    "unit_cost": "unitCost",
    "billable": "isBillableToCompany",
}
"""Canonical name -> the vendor's."""
_ALWAYS = ("code", "quantity", "unit_price", "unit_cost")
"""Sent with every change: a price that is left out could become the code's own."""
_AMOUNTS = frozenset({"unitQuantity", "unitPrice", "unitCost"})


@dataclass(frozen=True, slots=True)
class Words:
    """What numbers mean in one database."""

    charge_types: Mapping[int, str]
    charge_statuses: Mapping[int, str]
    contract_types: Mapping[int, str]
    contract_statuses: Mapping[int, str]
    use_types: Mapping[int, str]
    currencies: Mapping[int, str]
    own_currency: str
    is_key_queryable: bool

    def material_types(self) -> frozenset[int]:
        """Use types of codes that charges may bear."""
        named = self.use_types.items()
        return frozenset(number for number, label in named if MATERIAL in label.casefold())


@dataclass(frozen=True, slots=True)
class Rules:
    """What a partner set in the connection."""

    charge_type: str = "Operational"
    charge_status: str = ""
    material_code: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Rules":
        """Read a connection's form."""
        return cls(
            charge_type=form.get("charge_type") or "Operational",
            charge_status=form.get("charge_status", ""),
            material_code=form.get("material_code", ""),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a charge goes, as Autotask knows it."""

    company: AtCompany | None
    contract: AtContract | None
    link: int = 0
    """Id of the service on that contract; 0 where it is not there."""

    def currency(self, words: Words) -> str:
        """What the company is billed in: its own, else the database's; empty where none says."""
        of_company = words.currencies.get(self.company.currency_id, "") if self.company else ""
        return (of_company or words.own_currency).strip()


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract charge as it should be."""

    contract_id: int
    code: int
    link: int
    price: Decimal
    cost: Decimal
    bought_on: date
    name: str
    text: str
    key: str
    charge_type: int
    status: int | None

    def canonical(self) -> dict[str, object]:
        """What is compared with Autotask."""
        return _canonical(
            self.contract_id,
            self.code,
            self.link,
            Decimal(1),
            self.price,
            self.cost,
            self.bought_on,
            is_billable=True,
        )


def name_of(charges: ChargeSet, charge: Charge) -> str:
    """What the customer reads: one line."""
    end = f" {charges.billing_month}"
    return _one_line(charge.description or charge.vendor_item)[: MOST_NAME - len(end)] + end


def to_draft(
    charges: ChargeSet,
    charge: Charge,
    key: str,
    sold: Sold,
    place: Place,
    words: Words,
    rules: Rules,
    *,
    before: Mapping[str, object] | None,
) -> Draft:
    """The charge as it should be. Raises `NotBillableError`.

    `before` is what stands there or was written last: its date stays, and its link to a service
    as long as the same code bills it.
    """
    contract = _contract(charges, charge, place)
    _currency(charges, place, words)
    if not words.is_key_queryable:
        raise NotBillableError(
            f"Charges cannot be searched by their field {KEY_FIELD} in this Autotask, so that "
            "none could be found again. Nothing is written."
        )
    check_rounded(charge, charges.currency)
    known = before or {}
    is_same = str(known.get("code") or "") == str(sold.code.id)
    linked = str(known.get("service") or "0") if is_same else str(place.link)
    return Draft(
        contract_id=contract.id,
        code=sold.code.id,
        link=int(linked),
        price=charge.sell,
        cost=round_minor(charge.cost, charges.currency),
        bought_on=_bought_on(charges, contract, str(known.get("date") or "")),
        name=name_of(charges, charge),
        text=_one_line(charge.description or charge.vendor_item)[:MOST_TEXT],
        key=key,
        charge_type=_picked(words.charge_types, rules.charge_type, "charge type"),
        status=_status(words, rules),
    )


def to_offset(
    label: str,
    form: Mapping[str, object],
    amount: Decimal,
    external_key: str,
    contract: AtContract | None,
    words: Words,
    rules: Rules,
) -> Draft:
    """What takes a billed charge back, on the same contract. Raises `NotBillableError`."""
    if contract is None:
        raise NotBillableError(
            f"The contract that {label} was billed on is not in Autotask any more. Credit "
            "it there by hand."
        )
    cost = multiply(Decimal(str(form["quantity"])), Decimal(str(form["unit_cost"])))
    return Draft(
        contract_id=contract.id,
        code=int(str(form["code"])),
        link=int(str(form["service"] or 0)),
        price=subtract(ZERO, amount),
        cost=subtract(ZERO, cost),
        bought_on=date.fromisoformat(str(form["date"])),
        name=f"Takes back {label}"[:MOST_NAME],
        text=f"Takes back {label}, which is billed already",
        key=external_key,
        charge_type=_picked(words.charge_types, rules.charge_type, "charge type"),
        status=_status(words, rules),
    )


def check_currency_known(charges: ChargeSet, place: Place, words: Words) -> None:
    """Whether it is known what a charge here is billed in. Raises `NotBillableError`."""
    if not place.currency(words):
        raise NotBillableError(
            f"Neither the company {charges.client_name or charges.tenant_name!r} nor the database "
            f"names a currency in Autotask; the charges are in {charges.currency}. Set the "
            "currency of the company there.",
            "currency_mismatch",
        )


def check_open(contract: AtContract, words: Words, today: date) -> None:
    """Whether a contract still takes charges. Raises `NotBillableError`."""
    kind = words.contract_types.get(contract.contract_type, "")
    if any(part in kind.casefold() for part in WITHOUT_CHARGES):
        raise NotBillableError(
            f"The contract {contract.contract_name!r} is of the type {kind}, which cannot carry "
            "charges in Autotask. Choose a recurring service, fixed price or time and materials "
            "contract."
        )
    status = words.contract_statuses.get(contract.status, "")
    if status.casefold().replace(" ", "") in CLOSED:
        raise NotBillableError(
            f"The contract {contract.contract_name!r} is {status} in Autotask. Activate it there, "
            "or choose another one."
        )
    if contract.end_date is not None and contract.end_date < today:
        raise NotBillableError(
            f"The contract {contract.contract_name!r} ended on {contract.end_date.isoformat()}. "
            "Renew it in Autotask, or choose another one."
        )


def _contract(charges: ChargeSet, charge: Charge, place: Place) -> AtContract:
    who, contract = charges.client_name or charges.tenant_name, place.contract
    if place.company is None:
        raise NotBillableError(
            f"The company {who!r} is not in Autotask any more. Map the tenant to another one."
        )
    if not place.company.is_active:
        raise NotBillableError(
            f"The company {place.company.company_name or who!r} is inactive in Autotask. Activate "
            "it there, or map the tenant to another one."
        )
    if contract is None:
        raise NotBillableError(
            f"The contract {charge.agreement_id or ''} of {who} is not in Autotask any more. "
            "Choose another one for this tenant."
        )
    if str(contract.company_id) != charges.client_id:
        raise NotBillableError(
            f"The contract {contract.contract_name!r} belongs to another company in Autotask than "
            f"{who!r}. Choose a contract of that company."
        )
    return contract


def _currency(charges: ChargeSet, place: Place, words: Words) -> None:
    currency = place.currency(words)
    if currency and currency.upper() != charges.currency:
        raise NotBillableError(
            f"The company {charges.client_name or charges.tenant_name!r} is billed in {currency} "
            f"in Autotask and the charges are in {charges.currency}; a charge has no currency of "
            "its own. Map the tenant to a company that is billed in that currency.",
            "currency_mismatch",
        )


def _bought_on(charges: ChargeSet, contract: AtContract, before: str) -> date:
    """The last day of the month, or the nearest one within the contract."""
    if before:
        return date.fromisoformat(before)
    year, month = (int(part) for part in charges.billing_month.split("-"))
    day = date(year, month, calendar.monthrange(year, month)[1])
    if contract.end_date is not None:
        day = min(day, contract.end_date)
    return day if contract.start_date is None else max(day, contract.start_date)


def _status(words: Words, rules: Rules) -> int | None:
    label = rules.charge_status
    return _picked(words.charge_statuses, label, "charge status") if label else None


def _picked(values: Mapping[int, str], label: str, what: str) -> int:
    wanted = label.strip().casefold()
    found = next((number for number, one in values.items() if one.casefold() == wanted), None)
    if found is None:
        raise NotBillableError(
            f"Autotask has no {what} {label!r}; it has {', '.join(values.values()) or 'none'}. "
            "Change it in the connection."
        )
    return found


def from_charge(charge: AtCharge) -> dict[str, object]:
    """Canonical form of what stands in Autotask."""
    return _canonical(
        charge.contract_id,
        charge.billing_code_id,
        charge.contract_service_id,
        charge.unit_quantity,
        charge.unit_price,
        charge.unit_cost,
        charge.date_purchased,
        is_billable=charge.is_billable_to_company,
    )


def amount_of(charge: AtCharge) -> Decimal:
    """What a charge bills before tax; one that is not billable comes to nothing."""
    if not charge.is_billable_to_company:
        return ZERO
    if charge.billable_amount is not None:
        return charge.billable_amount
    return multiply(charge.unit_quantity, charge.unit_price)


def to_body(draft: Draft) -> dict[str, Any]:
    """Body of a create; amounts as text, see `to_wire`."""
    form = draft.canonical()
    body = {vendor: _value(name, form[name]) for name, vendor in _FIELDS.items()}
    body |= {"name": draft.name, "description": draft.text, "chargeType": draft.charge_type}
    body |= {KEY_FIELD: draft.key, "status": draft.status}
    return {name: value for name, value in body.items() if value is not None}


def to_changes(draft: Draft, identity: int, current: Mapping[str, object]) -> dict[str, Any]:
    """Body of a PATCH: what differs, and always what makes up the price."""
    form = draft.canonical()
    changed = {
        vendor: _value(name, form[name])
        for name, vendor in _FIELDS.items()
        if name in _ALWAYS or form.get(name) != current.get(name)
    }
    return {"id": identity, **changed, "name": draft.name, "description": draft.text}


def to_wire(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same with amounts as exact numbers, as Autotask wants them."""
    return {name: Decimal(one) if name in _AMOUNTS else one for name, one in body.items()}


def _value(name: str, value: object) -> object:
    if name in ("contract", "code", "service"):
        return int(str(value)) if value else None
    if name == "billable":
        return value == "yes"
    return f"{value}T00:00:00Z" if name == "date" else value


def _canonical(
    contract_id: int,
    code: int,
    link: int,
    quantity: Decimal,
    price: Decimal,
    cost: Decimal,
    bought_on: date | None,
    *,
    is_billable: bool,
) -> dict[str, object]:
    return {
        "contract": str(contract_id),
        "code": str(code),
        "service": str(link) if link else "",
        "quantity": shortest(quantity),
        "unit_price": shortest(price),
        "unit_cost": shortest(cost),
        "date": bought_on.isoformat() if bought_on else "",
        "billable": "yes" if is_billable else "no",
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
