"""A Xero organisation, charges, and a connection, in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_contracts.charge import Charge, ChargeSet
from syncline_xero.convert import Setup
from syncline_xero.schemas import XeroAccount, XeroContact, XeroItem, XeroTaxRate

CONTACT = "430fa14a-0000-4000-8000-3f5df5e28441"
KEY = "SL-7MV0TJM65C"
ZERO = Decimal(0)


class OpenGate(Gate):
    """Lets everything pass and notes it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.waits: list[float] = []

    @asynccontextmanager
    async def call(self, operation: str) -> AsyncIterator[None]:
        self.calls.append(operation)
        yield

    async def told_to_wait(self, seconds: float) -> None:
        self.waits.append(seconds)


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
    amount = Decimal(sell)
    return Charge.model_validate(
        {
            "vendor_item": item,
            "description": f"Item {item}",
            "product_id": item,
            "profile_id": "std",
            "percent": ZERO,
            "lines": 1,
            "cost": amount,
            "rrp": amount,
            "sell_exact": amount,
            "sell": amount,
            "residual": ZERO,
            **fields,
        }
    )


def charge_set(*charges: Charge, **fields: Any) -> ChargeSet:
    total = sum((one.sell for one in charges), ZERO)
    return ChargeSet.model_validate(
        {
            "invoice_key": "0" * 16,
            "invoice_no": "1001",
            "revision": 1,
            "billing_month": "2026-10",
            "tenant_id": "t",
            "tenant_name": "T",
            "client_id": CONTACT.upper(),
            "currency": "AUD",
            "version": 1,
            "charges": charges,
            "cost": total,
            "rrp": total,
            "sell": total,
            "residual": ZERO,
            **fields,
        }
    )
