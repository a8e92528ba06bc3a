"""What we read of Autotask's records; a field may be missing or null, and new ones are none."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _day(value: Any) -> Any:
    """A moment's day, as the vendor wrote it: midnight in its own time zone is no other day."""
    return value[:10] or None if isinstance(value, str) else value


def _alias(name: str) -> str:
    """companyID, not companyId."""
    found = to_camel(name)
    return found.removesuffix("Id") + "ID" if found.endswith("Id") else found


Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Number = Annotated[Decimal, BeforeValidator(lambda value: 0 if value is None else value)]
Whole = Annotated[int, BeforeValidator(lambda value: 0 if value is None else value)]
Yes = Annotated[bool, BeforeValidator(lambda value: True if value is None else value)]
No = Annotated[bool, BeforeValidator(lambda value: False if value is None else value)]


class _Record(BaseModel):
    model_config = ConfigDict(alias_generator=_alias, populate_by_name=True, extra="ignore")


class AtThreshold(_Record):
    """Requests within the hour, of all integrations."""

    external_request_threshold: Whole = 0
    current_timeframe_request_count: Whole = 0


class AtValue(_Record):
    """A value of a pick list."""

    value: Text = ""
    label: Text = ""
    is_active: Yes = True


class AtField(_Record):
    """A field of an entity."""

    name: str
    is_queryable: Yes = True
    picklist_values: Annotated[tuple[AtValue, ...], BeforeValidator(lambda many: many or ())] = ()


class AtCurrency(_Record):
    """A currency that customers may be billed in."""

    id: int
    name: Text = ""
    is_internal_currency: No = False


class AtCompany(_Record):
    """A customer."""

    id: int
    company_name: Text = ""
    company_number: Text = ""
    web_address: Text = ""
    currency_id: Whole = 0
    is_active: Yes = True


class AtContract(_Record):
    """What a customer is billed on."""

    id: int
    company_id: Whole = 0
    contract_name: Text = ""
    contract_number: Text = ""
    contract_type: Whole = 0
    status: Whole = -1
    start_date: Day = None
    end_date: Day = None


class AtService(_Record):
    """A service that is sold."""

    id: int
    name: Text = ""
    sku: Text = ""
    billing_code_id: Whole = 0
    is_active: Yes = True


class AtCode(_Record):
    """A billing code."""

    id: int
    name: Text = ""
    external_number: Text = ""
    use_type: Whole = 0
    is_active: Yes = True


class AtContractService(_Record):
    """A service on a contract."""

    id: int
    contract_id: Whole = 0
    service_id: Whole = 0


class AtCharge(_Record):
    """A charge on a contract."""

    id: int
    contract_id: Whole = 0
    name: Text = ""
    date_purchased: Day = None
    unit_quantity: Number = Decimal(0)
    unit_price: Number = Decimal(0)
    unit_cost: Number = Decimal(0)
    billable_amount: Decimal | None = None
    billing_code_id: Whole = 0
    contract_service_id: Whole = 0
    is_billable_to_company: No = False
    is_billed: No = False
    internal_purchase_order_number: Text = Field(default="")
