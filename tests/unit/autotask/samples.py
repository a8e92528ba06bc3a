"""An Autotask database, charges, and a connection, in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from syncline_autotask.catalogue import Sold
from syncline_autotask.convert import Place, Words
from syncline_autotask.schemas import AtCode, AtCompany, AtContract, AtService
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_contracts.charge import Charge, ChargeSet

KEY = "SL-7MV0TJM65C"
ZERO = Decimal(0)
WORDS = Words(
    charge_types={31: "Operational", 32: "Capitalized"},
    charge_statuses={5: "Delivered"},
    contract_types={1: "Time & Materials", 4: "Block Hours", 7: "Recurring Service"},
    contract_statuses={10: "In Active", 11: "Active"},
    use_types={21: "Material Cost Code", 22: "Work Type"},
    currencies={1: "AUD", 2: "NZD"},
    own_currency="AUD",
    is_key_queryable=True,
)
COMPANY = AtCompany(id=8, company_name="Acme", currency_id=1)
CONTRACT = AtContract(
    id=30,
    company_id=8,
    contract_name="Azure",
    contract_type=7,
    status=11,
    start_date=date(2020, 1, 1),
    end_date=date(2030, 1, 1),
)
CODE = AtCode(id=60, name="Azure", use_type=21)
SERVICE = AtService(id=70, name="Azure plan", sku="AZ", billing_code_id=60)
SOLD = Sold(CODE)
PLACE = Place(COMPANY, CONTRACT)


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
        "user_name": "api@acme.example",
        "secret": "geheim",
        "integration_code": "CODE",
        "zone_url": "https://webservices2.autotask.net/ATServicesRest",
        **fields,
    }
    return Connection("acme", "main", 1, form)


def charge(sell: str, **fields: Any) -> Charge:
    amount = Decimal(sell)
    return Charge.model_validate(
        {
            "vendor_item": "AZ-CONS",
            "description": "Azure consumption",
            "product_id": "Azure",
            "profile_id": "std",
            "percent": ZERO,
            "lines": 1,
            "cost": amount,
            "rrp": amount,
            "sell_exact": amount,
            "sell": amount,
            "residual": ZERO,
            "agreement_id": "30",
            **fields,
        }
    )


def charge_set(*charges: Charge, **fields: Any) -> ChargeSet:
    total = sum((one.sell for one in charges), ZERO)
    return ChargeSet.model_validate(
        {
            "invoice_key": "k" * 16,
            "invoice_no": "DD-1",
            "revision": 1,
            "billing_month": "2026-10",
            "tenant_id": "t",
            "tenant_name": "Acme",
            "client_id": "8",
            "client_name": "Acme",
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
