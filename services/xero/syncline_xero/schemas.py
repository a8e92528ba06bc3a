"""Xero's JSON, only the fields that we read; a field may be missing or null whatever the spec says.

These models never leave the package.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel, to_pascal

_DOTNET = re.compile(r"^/Date\((-?[0-9]+)(?:[+-][0-9]{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _day(value: object) -> object:
    """A day in either of Xero's forms: /Date(1552262400000+0000)/ or 2019-03-11T00:00:00."""
    if not isinstance(value, str) or not value:
        return None if value == "" else value
    match = _DOTNET.match(value)
    if match:
        return (_EPOCH + timedelta(milliseconds=int(match[1]))).date()
    return value[:10]


def _text(value: object) -> object:
    return "" if value is None else value


def _many(value: object) -> object:
    return [] if value is None else value


Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_text)]


class _Vendor(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_pascal)


class XeroMessage(_Vendor):
    """A validation error or a warning."""

    message: Text = ""


class XeroTerm(_Vendor):
    """When something is due: a kind, and days or a day of the month."""

    day: int | None = None
    type: Text = ""


class XeroTerms(_Vendor):
    """Payment terms of a contact or of the organisation."""

    sales: XeroTerm | None = None


class XeroContact(_Vendor):
    """A customer."""

    contact_id: Text = Field(default="", alias="ContactID")
    contact_status: Text = ""
    name: Text = ""
    email_address: Text = ""
    account_number: Text = ""
    contact_number: Text = ""
    website: Text = ""
    payment_terms: XeroTerms | None = None


class XeroLineTag(_Vendor):
    """A tag on a line."""

    tracking_category_id: Text = Field(default="", alias="TrackingCategoryID")
    tracking_option_id: Text = Field(default="", alias="TrackingOptionID")
    name: Text = ""
    option: Text = ""


class XeroLine(_Vendor):
    """A line of a document."""

    line_item_id: Text = Field(default="", alias="LineItemID")
    item_code: Text = ""
    description: Text = ""
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    line_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    account_code: Text = ""
    tax_type: Text = ""
    tracking: Annotated[tuple[XeroLineTag, ...], BeforeValidator(_many)] = ()


class XeroDocument(_Vendor):
    """A sales invoice or credit note as stored; amounts as Xero states them, so not signed."""

    document_id: str = Field(validation_alias=AliasChoices("InvoiceID", "CreditNoteID"))
    number: Annotated[str, BeforeValidator(_text)] = Field(
        default="", validation_alias=AliasChoices("InvoiceNumber", "CreditNoteNumber")
    )
    type: Text = ""
    reference: Text = ""
    status: str
    contact: XeroContact = XeroContact()
    currency_code: Text = ""
    date: Day = None
    due_date: Day = None
    line_amount_types: Text = ""
    line_items: Annotated[tuple[XeroLine, ...], BeforeValidator(_many)] = ()
    sub_total: Decimal
    """Before tax, whatever the amounts of the lines are."""

    @property
    def includes_tax(self) -> bool:
        """The lines' amounts do."""
        return self.line_amount_types == "Inclusive"


class XeroSales(_Vendor):
    """How an item is sold."""

    account_code: Text = ""
    tax_type: Text = ""


class XeroItem(_Vendor):
    """A product."""

    code: Text = ""
    name: Text = ""
    description: Text = ""
    is_sold: bool | None = None
    sales_details: Annotated[XeroSales | None, BeforeValidator(lambda value: value or None)] = None


class XeroAccount(_Vendor):
    """A line of the chart of accounts."""

    code: Text = ""
    name: Text = ""
    status: Text = ""
    type: Text = ""
    account_class: Text = Field(default="", alias="Class")
    tax_type: Text = ""
    system_account: Text = ""


class XeroTaxRate(_Vendor):
    """A tax type."""

    name: Text = ""
    tax_type: Text = ""
    status: Text = ""
    can_apply_to_revenue: bool | None = None


class XeroTrackingOption(_Vendor):
    """One value of a category."""

    tracking_option_id: Text = Field(default="", alias="TrackingOptionID")
    name: Text = ""
    status: Text = ""


class XeroTrackingCategory(_Vendor):
    """What lines can be tagged with."""

    tracking_category_id: Text = Field(default="", alias="TrackingCategoryID")
    name: Text = ""
    status: Text = ""
    options: Annotated[tuple[XeroTrackingOption, ...], BeforeValidator(_many)] = ()


class XeroCurrency(_Vendor):
    """A currency that the organisation may use."""

    code: Text = ""


class XeroTenant(_Vendor):
    """Something that a consent opens."""

    model_config = ConfigDict(alias_generator=to_camel)

    tenant_id: str
    tenant_type: Text = ""
    tenant_name: Text = ""


class XeroOrganisation(_Vendor):
    """The organisation behind the connection."""

    name: Text = ""
    base_currency: Text = ""
    period_lock_date: Day = None
    end_of_year_lock_date: Day = None
    timezone: Text = ""
    payment_terms: XeroTerms | None = None

    @property
    def locked_until(self) -> date | None:
        """Last day that no document may bear any more."""
        days = [day for day in (self.period_lock_date, self.end_of_year_lock_date) if day]
        return max(days, default=None)


def messages_of(element: dict[str, Any]) -> list[str]:
    """Every validation error of an element and of its lines, each once."""
    places = [element, *(one for one in element.get("LineItems") or [] if isinstance(one, dict))]
    found = [
        str(error.get("Message", "")).strip()
        for place in places
        for error in place.get("ValidationErrors") or []
        if isinstance(error, dict)
    ]
    return list(dict.fromkeys(message for message in found if message))
