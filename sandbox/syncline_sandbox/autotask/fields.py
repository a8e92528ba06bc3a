"""What the entities consist of, as `entityInformation/fields` tells it."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from zlib import crc32

Kind = Literal["long", "integer", "double", "string", "boolean", "datetime"]
NUMBERS = frozenset({"long", "integer", "double"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity."""

    name: str
    kind: Kind
    length: int = 0
    required: bool = False
    read_only: bool = False
    queryable: bool = True
    labels: tuple[str, ...] = ()
    """Of a pick list, in the order of their numbers."""


def _many(kind: Kind, *names: str, **more: Any) -> tuple[Field, ...]:
    return tuple(Field(name, kind, **more) for name in names)


_ID = Field("id", "long", required=True, read_only=True)
CONTRACT_TYPES = (
    "Time & Materials", "Fixed Price", "Block Hours", "Retainer", "Recurring Service",
    "Per Ticket",
)  # fmt: skip
WITHOUT_CHARGES = frozenset({"Block Hours", "Retainer", "Per Ticket"})
USE_TYPES = (
    "General Allocation Code", "Internal Time Code", "Expense Category", "Material Cost Code",
    "Recurring Contract Service Code", "Milestone Code",
)  # fmt: skip
MATERIAL = "Material Cost Code"

ENTITIES: dict[str, tuple[Field, ...]] = {
    "Companies": (
        _ID,
        Field("companyName", "string", 100, required=True),
        Field("companyNumber", "string", 50),
        Field("webAddress", "string", 255),
        Field("companyType", "integer", required=True, labels=("Customer", "Lead", "Vendor")),
        *_many("integer", "currencyID", "parentCompanyID"),
        Field("isActive", "boolean"),
    ),
    "Contracts": (
        _ID,
        Field("companyID", "integer", required=True),
        *_many("string", "contractName", "contractNumber", length=100),
        Field("contractType", "integer", required=True, labels=CONTRACT_TYPES),
        Field("status", "integer", required=True, labels=("Inactive", "Active")),
        *_many("datetime", "startDate", "endDate", required=True),
        Field("billToCompanyID", "integer"),
    ),
    "ContractServices": (
        _ID,
        *_many("integer", "contractID", "serviceID", required=True),
        *_many("double", "unitPrice", "unitCost"),
        Field("internalDescription", "string", 100),
    ),
    "Services": (
        _ID,
        Field("name", "string", 150, required=True),
        *_many("string", "sku", "externalID", length=100),
        Field("billingCodeID", "integer", required=True),
        *_many("double", "unitPrice", "unitCost"),
        Field("isActive", "boolean"),
    ),
    "BillingCodes": (
        _ID,
        Field("name", "string", 200, required=True),
        Field("description", "string", 500),
        Field("externalNumber", "string", 100),
        Field("useType", "integer", labels=USE_TYPES),
        *_many("double", "unitPrice", "unitCost"),
        Field("isActive", "boolean"),
    ),
    "Currencies": (
        _ID,
        Field("name", "string", 50, required=True),
        *_many("boolean", "isActive", "isInternalCurrency"),
        Field("exchangeRate", "double"),
    ),
    "ContractCharges": (
        _ID,
        Field("contractID", "long", required=True),
        Field("name", "string", 100, required=True),
        Field("chargeType", "integer", required=True, labels=("Operational", "Capitalized")),
        Field("datePurchased", "datetime", required=True),
        Field("unitQuantity", "double", required=True),
        *_many("long", "billingCodeID", "productID", "contractServiceID"),
        Field("contractServiceBundleID", "long"),
        *_many("double", "unitPrice", "unitCost"),
        *_many("double", "billableAmount", "extendedCost", read_only=True),
        *_many("double", "internalCurrencyUnitPrice", read_only=True),
        *_many("double", "internalCurrencyBillableAmount", read_only=True),
        *_many("string", "description", "notes", length=2000),
        *_many("string", "purchaseOrderNumber", "internalPurchaseOrderNumber", length=50),
        Field("isBillableToCompany", "boolean"),
        Field("isBilled", "boolean", read_only=True),
        Field("status", "long", labels=("Need to order", "Delivered", "Ready to ship")),
        *_many("datetime", "createDate", "statusLastModifiedDate", read_only=True),
        *_many("long", "creatorResourceID", "statusLastModifiedBy", read_only=True),
        Field("organizationalLevelAssociationID", "integer"),
    ),
}


def fields_of(entity: str) -> dict[str, Field]:
    """Fields by lower-case name: the vendor does not mind the case."""
    return {field.name.lower(): field for field in ENTITIES[entity]}


def number(owner: str, field: Field, label: str) -> int:
    """A pick list's number for a label: another one at every provider."""
    return crc32(f"{owner}/{field.name}".encode()) % 40 + 2 + field.labels.index(label)


def label(owner: str, field: Field, value: object) -> str | None:
    """What a number of a pick list means at a provider; None if nothing."""
    named = (one for one in field.labels if number(owner, field, one) == value)
    return next(named, None)


def picked(owner: str, entity: str, name: str, chosen: str) -> int:
    """The number for a label of an entity's field."""
    return number(owner, fields_of(entity)[name.lower()], chosen)


def information(owner: str, entity: str, hidden: frozenset[str]) -> dict[str, Any]:
    """Answer to `entityInformation/fields`; `hidden` fields cannot be searched by."""
    shown = (
        replace(field, queryable=field.queryable and field.name not in hidden)
        for field in ENTITIES[entity]
    )
    return {"fields": [_told(owner, field) for field in shown]}


def _told(owner: str, field: Field) -> dict[str, Any]:
    values = [
        {
            "value": str(number(owner, field, one)),
            "label": one,
            "isDefaultValue": place == 0,
            "sortOrder": place,
            "parentValue": "",
            "isActive": True,
            "isSystem": True,
        }
        for place, one in enumerate(field.labels)
    ]
    return {
        "name": field.name,
        "dataType": field.kind,
        "length": field.length,
        "isRequired": field.required,
        "isReadOnly": field.read_only,
        "isQueryable": field.queryable,
        "isReference": field.name.endswith("ID") and field.name != "id",
        "referenceEntityType": "",
        "isPickList": bool(values),
        "picklistValues": values or None,
        "picklistParentValueField": "",
        "isSupportedWebhookField": False,
    }
