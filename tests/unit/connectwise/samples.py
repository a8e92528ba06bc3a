"""A ConnectWise system, charges, and a connection, in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_connectwise.preflight import Place
from syncline_connectwise.schemas import CwAgreement, CwCompany, CwProduct
from syncline_contracts.charge import Charge, ChargeSet

KEY = "SL-7MV0TJM65C"
ZERO = Decimal(0)
AUD = {"currencyCode": "AUD"}
COMPANY: dict[str, Any] = {
    "id": 8,
    "identifier": "Acme",
    "name": "Acme",
    "status": {"id": 1, "name": "Active"},
    "currency": AUD,
    "deletedFlag": False,
}
AGREEMENT: dict[str, Any] = {
    "id": 30,
    "name": "Azure",
    "company": {"id": 8, "name": "Acme"},
    "currency": AUD,
    "cancelledFlag": False,
    "agreementStatus": "Active",
    "startDate": "2020-01-01T00:00:00Z",
    "endDate": "",
    "noEndingDateFlag": True,
    "billStartDate": "2020-01-01T00:00:00Z",
    "billingCycle": {"id": 2, "name": "Monthly"},
    "invoicingCycle": "CalendarYear",
    "billOneTimeFlag": False,
    "prorateFlag": False,
    "invoiceProratedAdditionsFlag": False,
    "nextInvoiceDate": "2026-11-01T00:00:00Z",
}
PRODUCT: dict[str, Any] = {"id": 60, "identifier": "AZ", "productClass": "Agreement"}


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
        "company_id": "acme",
        "public_key": "pub",
        "private_key": "geheim",
        "client_id": "00000000-0000-4000-8000-000000000000",
        "api_url": "https://api-au.myconnectwise.net/v4_6_release/apis/3.0",
        **fields,
    }
    return Connection("acme", "main", 1, form)


def agreement(**fields: Any) -> CwAgreement:
    return CwAgreement.model_validate({**AGREEMENT, **fields})


def company(**fields: Any) -> CwCompany:
    return CwCompany.model_validate({**COMPANY, **fields})


def product(**fields: Any) -> CwProduct:
    return CwProduct.model_validate({**PRODUCT, **fields})


def place(**fields: Any) -> Place:
    """Where charges go; `agreement`, `company` and `product` as fields of the vendor's record."""
    own = fields.pop("own_currency", "")
    return Place(
        company(**fields.get("company", {})),
        agreement(**fields.get("agreement", {})),
        product(**fields.get("product", {})),
        own,
    )


def charge(sell: str, **fields: Any) -> Charge:
    amount = Decimal(sell)
    return Charge.model_validate(
        {
            "vendor_item": "AZ-CONS",
            "description": "Azure consumption",
            "product_id": "AZ",
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


def day(text: str) -> date:
    return date.fromisoformat(text)
