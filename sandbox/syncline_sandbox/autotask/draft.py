"""From a request's body to a contract charge: every rule that a bill can break."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from syncline_sandbox.autotask.errors import RefusedError
from syncline_sandbox.autotask.fields import (
    ENTITIES,
    MATERIAL,
    NUMBERS,
    WITHOUT_CHARGES,
    Field,
    fields_of,
    label,
)
from syncline_sandbox.autotask.system import Row, Systems
from syncline_sandbox.decimals import as_decimal, product, round_half_up

CHARGES = "ContractCharges"
PLACES = 4
"""Of quantity, price and cost; the vendor names no number."""
_ROUNDED = ("unitQuantity", "unitPrice", "unitCost")
_REFERENCES = {"billingCodeID": "BillingCodes", "contractServiceID": "ContractServices"}


class Drafts:
    """Checks bodies against one system."""

    def __init__(self, systems: Systems, owner: str, now: datetime) -> None:
        self._systems = systems
        self._owner = owner
        self._now = now

    def create(self, contract_id: int, body: Any) -> Row:
        """Make a charge. Raises `RefusedError`."""
        given = self._read(body)
        if given.pop("id", None):
            raise RefusedError("The id of a new record has to be left out.")
        row: Row = {field.name: None for field in ENTITIES[CHARGES]}
        row |= {"isBillableToCompany": False, "isBilled": False, "createDate": _moment(self._now)}
        return self._checked(contract_id, {**row, "id": self._systems.next_id(self._owner)}, given)

    def change(self, contract_id: int, body: Any, *, whole: bool) -> Row:
        """Change a charge; a whole one loses what the body does not say. Raises `RefusedError`."""
        given = self._read(body)
        known = self._systems.find(self._owner, CHARGES, given.get("id"))
        if known is None or known["contractID"] != contract_id:
            raise RefusedError("No matching records found.", status=404)
        refuse_billed(known)
        if whole:
            writable = [one.name for one in ENTITIES[CHARGES] if not one.read_only]
            known = known | dict.fromkeys(writable)
        return self._checked(contract_id, known, given)

    def _read(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, Mapping):
            raise RefusedError("The body has to be an object.")
        fields, given = fields_of(CHARGES), {}
        for name, value in body.items():
            field = fields.get(str(name).lower())
            if field is None:
                raise RefusedError(f"Unable to find {name} in the ContractCharge Entity.")
            if field.read_only and field.name != "id" and value is not None:
                raise RefusedError(f"The field {field.name} is read only.")
            given[field.name] = self._typed(field, value)
        return given

    def _typed(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if field.kind in NUMBERS:
            if not is_number or (field.kind != "double" and value != int(value)):
                raise RefusedError(f"Error converting value {value!r} of {field.name}.")
            if field.labels and label(self._owner, field, value) is None:
                raise RefusedError(f"Picklist value does not exist for {field.name}.")
            return value
        if isinstance(value, bool) != (field.kind == "boolean"):
            raise RefusedError(f"Error converting value {value!r} of {field.name}.")
        if field.kind == "datetime":
            return _moment(_read_moment(field.name, value))
        if field.kind == "string" and (not isinstance(value, str) or len(value) > field.length):
            raise RefusedError(f"{field.name} has more than {field.length} characters.")
        return value

    def _checked(self, contract_id: int, known: Row, given: Mapping[str, Any]) -> Row:
        row = {**known, **given}
        for field in ENTITIES[CHARGES]:
            if field.required and row.get(field.name) in (None, ""):
                raise RefusedError(f"Missing Required Field: {field.name}.")
        if row["contractID"] != contract_id:
            raise RefusedError("Parent ID does not match the contractID.")
        contract = self._contract(contract_id)
        if not contract["startDate"][:10] <= row["datePurchased"][:10] <= contract["endDate"][:10]:
            raise RefusedError("datePurchased must lie within the contract's dates.")
        if row["billingCodeID"] is None and row["productID"] is None:
            raise RefusedError("Either billingCodeID or productID has to be set.")
        for name, entity in _REFERENCES.items():
            self._refer(row, name, entity)
        self._material(row)
        return _counted(row)

    def _contract(self, identity: int) -> Row:
        found = self._systems.find(self._owner, "Contracts", identity)
        if found is None:
            raise RefusedError("Value does not reference an existing entity for contractID")
        fields = fields_of("Contracts")
        kind = label(self._owner, fields["contracttype"], found["contractType"])
        if kind in WITHOUT_CHARGES:
            raise RefusedError(f"Charges cannot be added to a contract of the type {kind}.")
        if label(self._owner, fields["status"], found["status"]) != "Active":
            raise RefusedError("The contract is not active.")
        return found

    def _refer(self, row: Row, name: str, entity: str) -> None:
        if row[name] is None:
            return
        found = self._systems.find(self._owner, entity, row[name])
        strange = (
            entity == "ContractServices" and found and found["contractID"] != row["contractID"]
        )
        if found is None or strange or found.get("isActive") is False:
            raise RefusedError(f"Value does not reference an existing entity for {name}")

    def _material(self, row: Row) -> None:
        code = self._systems.find(self._owner, "BillingCodes", row["billingCodeID"])
        if code is None:
            return
        kind = label(self._owner, fields_of("BillingCodes")["usetype"], code["useType"])
        if kind != MATERIAL:
            raise RefusedError("billingCodeID has to be a material code.")
        if row["unitPrice"] is None:
            row["unitPrice"] = code.get("unitPrice")


def refuse_billed(row: Row) -> None:
    """What was approved and posted stays. Raises `RefusedError`."""
    if row["isBilled"]:
        raise RefusedError("The charge has been billed and can no longer be changed or deleted.")


def recounted(row: Row) -> Row:
    """A charge that a person edited, with its sums."""
    return _counted(dict(row))


def _counted(row: Row) -> Row:
    for name in _ROUNDED:
        row[name] = round_half_up(as_decimal(row[name]) or Decimal(0), PLACES)
    billed = product(row["unitQuantity"], row["unitPrice"])
    row["billableAmount"] = round_half_up(billed) if row["isBillableToCompany"] else Decimal(0)
    row["extendedCost"] = round_half_up(product(row["unitQuantity"], row["unitCost"]))
    row["internalCurrencyUnitPrice"] = row["unitPrice"]
    row["internalCurrencyBillableAmount"] = row["billableAmount"]
    return row


def _read_moment(name: str, value: Any) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise RefusedError(f"Error converting value {value!r} of {name}.") from None


def _moment(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
