"""What we read of ConnectWise's records; new fields are no surprise, and null is not set."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


def _day(value: Any) -> Any:
    """A moment's day; what is not set comes as an empty text."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).date() if value.strip() else None
    return value


def _day_if_any(value: Any) -> Any:
    """The same of a field that the vendor calls plain text: what is no day is not known."""
    try:
        return _day(value)
    except ValueError:
        return None


Day = Annotated[date | None, BeforeValidator(_day)]
LooseDay = Annotated[date | None, BeforeValidator(_day_if_any)]


class _Record(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class CwRecord(_Record):
    """A record that lists page by."""

    id: int


class Reference(_Record):
    """A record that another one names."""

    id: int = 0
    identifier: str = ""
    name: str = ""


class CwCurrency(_Record):
    """A currency as agreements and companies name it."""

    currency_code: str = ""
    currency_identifier: str = ""

    @property
    def code(self) -> str:
        """Three letters."""
        return (self.currency_code or self.currency_identifier).strip().upper()


class CwFinanceCurrency(CwRecord):
    """A currency that the system keeps."""

    currency_identifier: str = ""
    currency_code: Reference = Field(default_factory=Reference)

    @property
    def code(self) -> str:
        """Three letters."""
        return (self.currency_code.name or self.currency_identifier).strip().upper()


class CwInfo(_Record):
    """The system itself."""

    version: str = ""


class CwCompany(CwRecord):
    """A customer."""

    identifier: str = ""
    name: str = ""
    website: str = ""
    account_number: str = ""
    status: Reference = Field(default_factory=Reference)
    currency: CwCurrency = Field(default_factory=CwCurrency)
    deleted_flag: bool = False

    @property
    def is_active(self) -> bool:
        """Statuses have the provider's own names; this one is the vendor's."""
        return not self.deleted_flag and self.status.name.strip().casefold() != "inactive"


class CwAgreement(CwRecord):
    """What a customer is billed on."""

    name: str = ""
    company: Reference = Field(default_factory=Reference)
    currency: CwCurrency = Field(default_factory=CwCurrency)
    cancelled_flag: bool = False
    agreement_status: str = ""
    start_date: Day = None
    end_date: Day = None
    no_ending_date_flag: bool = False
    bill_start_date: Day = None
    billing_cycle: Reference = Field(default_factory=Reference)
    invoicing_cycle: str = ""
    bill_one_time_flag: bool = False
    prorate_flag: bool = False
    invoice_prorated_additions_flag: bool = False
    next_invoice_date: LooseDay = None


class CwProduct(CwRecord):
    """An entry of the catalogue."""

    identifier: str
    description: str = ""
    product_class: str = ""
    inactive_flag: bool = False


class CwAddition(CwRecord):
    """A line on an agreement."""

    product: Reference
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = Decimal(0)
    unit_cost: Decimal = Decimal(0)
    bill_customer: str = ""
    effective_date: Day = None
    cancelled_date: Day = None
    serial_number: str = ""
    invoice_description: str = ""
    billed_quantity: Decimal = Decimal(0)
