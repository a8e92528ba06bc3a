"""An Autotask database, charges, and a connection, in memory."""

from datetime import date
from decimal import Decimal
from typing import Any

from syncline_autotask.catalogue import Sold
from syncline_autotask.convert import Place, Words
from syncline_autotask.schemas import AtCode, AtCompany, AtContract, AtService
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.testing import desk
from syncline_contracts.charge import Charge

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
    own = {"description": "Azure consumption", "product_id": "Azure", "agreement_id": "30"}
    return desk.charge(sell, **own | fields)
