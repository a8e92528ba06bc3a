"""A ConnectWise system, charges, and a connection, in memory."""

from datetime import date
from decimal import Decimal
from typing import Any

from syncline_chassis.connector.protocol import Connection
from syncline_chassis.testing import desk
from syncline_connectwise.preflight import Place
from syncline_connectwise.schemas import CwAgreement, CwCompany, CwProduct
from syncline_contracts.charge import Charge

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
    own = {"description": "Azure consumption", "product_id": "AZ", "agreement_id": "30"}
    return desk.charge(sell, **own | fields)


def day(text: str) -> date:
    return date.fromisoformat(text)
