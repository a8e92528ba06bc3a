"""What we read of ConnectWise's records; new fields are no surprise."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _day(value: Any) -> Any:
    """A moment's day; what is not set comes as an empty text."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).date() if value.strip() else None
    return value


Day = Annotated[date | None, BeforeValidator(_day)]


class _Record(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Reference(_Record):
    """A record that another one names."""

    id: int = 0
    identifier: str = ""
    name: str = ""
    currency_code: str = ""


class CwInfo(_Record):
    """The system itself."""

    version: str = ""


class CwCompany(_Record):
    """A customer."""

    id: int
    identifier: str = ""
    name: str = ""
    website: str | None = None
    deleted_flag: bool = False


class CwAgreement(_Record):
    """What a customer is billed on."""

    id: int
    name: str = ""
    company: Reference = Field(default_factory=Reference)
    currency: Reference | None = None
    cancelled_flag: bool = False
    agreement_status: str = ""
    end_date: Day = None
    billing_cycle: Reference | None = None
    prorate_flag: bool = False
    next_invoice_date: Day = None


class CwProduct(_Record):
    """An entry of the catalogue."""

    id: int
    identifier: str
    description: str = ""
    product_class: str = ""
    inactive_flag: bool = False


class CwAddition(_Record):
    """A line on an agreement."""

    id: int
    product: Reference
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = Decimal(0)
    unit_cost: Decimal = Decimal(0)
    bill_customer: str = ""
    effective_date: Day = None
    cancelled_date: Day = None
    serial_number: str = ""
    invoice_description: str = ""
    billed_quantity: Decimal | None = None
