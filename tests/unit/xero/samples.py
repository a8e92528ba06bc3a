"""A Xero organisation, charges, and a connection, in memory."""

from datetime import date
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.protocol import Connection
from syncline_chassis.testing import desk
from syncline_contracts.charge import Charge, ChargeSet
from syncline_xero.convert import Setup
from syncline_xero.schemas import XeroAccount, XeroContact, XeroItem, XeroTaxRate

CONTACT = "430fa14a-0000-4000-8000-3f5df5e28441"
KEY = "SL-7MV0TJM65C"
ZERO = Decimal(0)


def connection(**fields: str) -> Connection:
    form = {
        "client_id": "id",
        "client_secret": "geheim",
        "api_url": "https://xero.example/api.xro/2.0",
        "identity_url": "https://xero.example/identity/connect/token",
        **fields,
    }
    return Connection("acme", "main", 1, form)


def setup(locked_until: date | None = None, **items: dict[str, Any]) -> Setup:
    sold = {"SalesDetails": {"AccountCode": "200", "TaxType": "OUTPUT"}}
    every = {"A": sold, "B": {"SalesDetails": {"AccountCode": "200"}}, **items}
    accounts = [
        {"Code": "200", "Status": "ACTIVE", "Type": "REVENUE", "TaxType": "OUTPUT"},
        {"Code": "299", "Status": "ARCHIVED", "Type": "REVENUE", "TaxType": "OUTPUT"},
        {"Code": "820", "Status": "ACTIVE", "Type": "CURRLIAB", "SystemAccount": "GST"},
    ]
    rates = [
        {"TaxType": "OUTPUT", "Status": "ACTIVE", "CanApplyToRevenue": True},
        {"TaxType": "INPUT", "Status": "ACTIVE", "CanApplyToRevenue": False},
    ]
    return Setup(
        currencies=frozenset({"AUD"}),
        locked_until=locked_until,
        today=date(2026, 11, 5),
        terms=None,
        items={
            code: XeroItem.model_validate({"Code": code, "Name": f"Item {code}", **fields})
            for code, fields in every.items()
        },
        accounts={one["Code"]: XeroAccount.model_validate(one) for one in accounts},
        tax_rates={str(one["TaxType"]): XeroTaxRate.model_validate(one) for one in rates},
        contacts={
            CONTACT: XeroContact.model_validate(
                {"ContactID": CONTACT, "ContactStatus": "ACTIVE", "Name": "Acme"}
            )
        },
    )


def charge(sell: str, item: str = "A", **fields: Any) -> Charge:
    return desk.charge(sell, item, **{"description": f"Item {item}"} | fields)


def charge_set(*charges: Charge, **fields: Any) -> ChargeSet:
    return desk.charge_set(*charges, **{"client_id": CONTACT.upper(), "client_name": ""} | fields)
