"""From a request's body to an addition: every rule that a bill can break."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from syncline_sandbox.connectwise.errors import RefusedError, invalid
from syncline_sandbox.connectwise.records import Addition, Agreement, BillCustomer, Product
from syncline_sandbox.connectwise.system import Systems
from syncline_sandbox.decimals import as_decimal

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00Z")
_FIELDS = {
    "billCustomer": "bill_customer",
    "quantity": "quantity",
    "unitPrice": "unit_price",
    "unitCost": "unit_cost",
    "effectiveDate": "effective",
    "cancelledDate": "cancelled",
    "taxableFlag": "taxable",
    "description": "description",
    "invoiceDescription": "invoice_description",
    "serialNumber": "serial_number",
}
_LONGEST = {"serialNumber": 50, "invoiceDescription": 6000, "description": 6000}
Body = Mapping[str, Any]


class Drafts:
    """Checks bodies against one system."""

    def __init__(self, systems: Systems, owner: str, today: date) -> None:
        self._systems = systems
        self._owner = owner
        self._today = today

    def create(self, agreement: Agreement, body: Body) -> Addition:
        """Make an addition. Raises `RefusedError`."""
        for name in ("product", "billCustomer"):
            if body.get(name) in (None, "", {}):
                raise invalid(
                    "addition", ("MissingRequiredField", name, f"The {name} field is required.")
                )
        self._open(agreement)
        product = self._product(body["product"])
        return Addition(
            id=self._systems.next_id(self._owner),
            agreement_id=agreement.id,
            product_id=product.id,
            **{
                "quantity": Decimal(1),
                "unit_price": product.price,
                "unit_cost": product.cost,
                "effective": self._today,
                "description": product.description,
                **_values(body),
            },
        )

    def patch(self, addition: Addition, operations: Any) -> Addition:
        """Change an addition by a list of operations. Raises `RefusedError`."""
        if not isinstance(operations, Sequence) or isinstance(operations, str):
            raise invalid("patch", ("InvalidObject", "", "A list of operations is expected."))
        changes: dict[str, Any] = {}
        for one in operations:
            if not isinstance(one, Mapping) or one.get("op") not in ("add", "replace", "remove"):
                raise invalid("patch", ("InvalidObject", "op", "The operation is not known."))
            path = str(one.get("path", "")).removeprefix("/")
            # A path into an object answers as if all were well, and changes nothing.
            if "/" not in path:
                changes[path] = None if one["op"] == "remove" else one.get("value")
        if addition.is_billed:
            raise invalid(
                "addition", ("InvalidOperation", "billedQuantity", "The addition was invoiced.")
            )
        values = _values(changes)
        if "product" in changes:
            product = self._product(changes["product"])
            defaults = {"unit_price": product.price, "unit_cost": product.cost}
            values = {"product_id": product.id, **defaults, **values}
        return addition.model_copy(update=values)

    def _open(self, agreement: Agreement) -> None:
        status = agreement.status(self._today)
        if status in ("Cancelled", "Expired"):
            raise invalid(
                "addition", ("InvalidOperation", "agreementId", f"The agreement is {status}.")
            )

    def _product(self, given: Any) -> Product:
        found = None
        if isinstance(given, Mapping):
            every = self._systems.list(Product, self._owner)
            found = next(
                (
                    one
                    for one in every
                    if one.id == given.get("id") or one.identifier == given.get("identifier")
                ),
                None,
            )
        if found is None or found.product_class == "Bundle" or found.inactive:
            what = "is not known" if found is None else "cannot be an addition"
            raise invalid("addition", ("InvalidReference", "product", f"The product {what}."))
        return found


def _values(body: Body) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, target in _FIELDS.items():
        if name in body:
            found[target] = _value(name, body[name])
    return found


def _value(name: str, given: Any) -> Any:
    if name in ("quantity", "unitPrice", "unitCost"):
        amount = as_decimal(given)
        if amount is None or isinstance(given, str):
            raise _bad(name, "is no number")
        return amount
    if name in ("effectiveDate", "cancelledDate"):
        return _day(name, given)
    if name == "billCustomer":
        if given not in get_args(BillCustomer):
            raise _bad(name, "is not one of its values")
        return given
    if name == "taxableFlag":
        return bool(given)
    text = str(given or "")
    if len(text) > _LONGEST[name]:
        raise _bad(name, f"is longer than {_LONGEST[name]} characters")
    return text


def _day(name: str, given: Any) -> date | None:
    if name == "cancelledDate" and given in (None, ""):
        return None
    match = _MOMENT.fullmatch(str(given))
    if match is None:
        raise _bad(name, "is no moment such as 2026-10-01T00:00:00Z")
    return date.fromisoformat(match[1])


def _bad(name: str, what: str) -> RefusedError:
    return invalid("addition", ("InvalidField", name, f"The {name} field {what}."))
