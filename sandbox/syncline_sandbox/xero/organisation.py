"""A Xero organisation and what it has set up: contacts, items, accounts, tax rates, tracking."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.store import Store


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _guid() -> str:
    return str(uuid4())


class Limits(_Model):
    """Calls that Xero allows."""

    per_minute: int = Field(default=60, ge=0)
    per_day: int = Field(default=5000, ge=0)
    concurrent: int = Field(default=5, ge=0)
    app_per_minute: int = Field(default=10_000, ge=0)


class Terms(_Model):
    """When sales invoices are due: days, or a day of the month."""

    day: int = Field(ge=0, le=365)
    kind: Literal["DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"]


class Contact(_Model):
    """A customer; an ARCHIVED one cannot be invoiced."""

    contact_id: str = Field(default_factory=_guid)
    name: str = Field(min_length=1, max_length=255)
    status: Literal["ACTIVE", "ARCHIVED", "GDPRREQUEST"] = "ACTIVE"
    contact_number: str = Field(default="", max_length=50)
    account_number: str = Field(default="", max_length=50)
    website: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    sales_terms: Terms | None = None
    updated_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def key(self) -> str:
        """What it is stored by."""
        return self.contact_id


class Item(_Model):
    """A product that lines can name."""

    item_id: str = Field(default_factory=_guid)
    code: str = Field(min_length=1, max_length=30)
    name: str = Field(default="", max_length=50)
    description: str = ""
    unit_price: Decimal | None = None
    account_code: str = ""
    tax_type: str = ""

    @property
    def key(self) -> str:
        """What it is stored by."""
        return self.code


class Account(_Model):
    """A line of the chart of accounts."""

    account_id: str = Field(default_factory=_guid)
    code: str = Field(max_length=10)
    name: str
    type: str = "REVENUE"
    account_class: str = "REVENUE"
    tax_type: str = "NONE"
    status: Literal["ACTIVE", "ARCHIVED"] = "ACTIVE"
    system: str = ""
    """DEBTORS, GST ...: such an account takes no invoice lines."""

    @property
    def key(self) -> str:
        """What it is stored by."""
        return self.code


class TaxRate(_Model):
    """A tax type with its effective rate in percent."""

    tax_type: str
    name: str
    rate: Decimal = Decimal(0)
    revenue: bool = True
    status: Literal["ACTIVE", "DELETED", "ARCHIVED"] = "ACTIVE"

    @property
    def key(self) -> str:
        """What it is stored by."""
        return self.tax_type


class TrackingOption(_Model):
    """One choice of a category."""

    option_id: str = Field(default_factory=_guid)
    name: str


class TrackingCategory(_Model):
    """A dimension that lines can be tagged with."""

    category_id: str = Field(default_factory=_guid)
    name: str
    options: tuple[TrackingOption, ...] = ()

    @property
    def key(self) -> str:
        """What it is stored by."""
        return self.category_id


class Organisation(_Model):
    """The organisation itself."""

    organisation_id: str
    name: str
    country: str = "AU"
    base_currency: str = "AUD"
    currencies: tuple[str, ...] = ("AUD",)
    timezone: str = "AUSEASTERNSTANDARDTIME"
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    reuse_deleted_numbers: bool = False
    """Whether the number of a DELETED draft is free again; Xero's own rule is not published."""
    sales_terms: Terms | None = None
    limits: Limits = Limits()
    created_at: datetime


Setup = TypeVar("Setup", Contact, Item, Account, TaxRate, TrackingCategory)
_ORGANISATION = "xero_organisation"


class Organisations:
    """Organisations and their settings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, organisation: Organisation) -> None:
        """Add or change an organisation."""
        self._store.put(
            _ORGANISATION,
            "",
            organisation.organisation_id,
            organisation.model_dump(mode="json"),
        )

    def get(self, organisation_id: str) -> Organisation | None:
        """Return an organisation."""
        found = self._store.get(_ORGANISATION, "", organisation_id)
        return Organisation(**found) if found else None

    def all(self) -> list[Organisation]:
        """Return every organisation."""
        return [Organisation(**found) for found in self._store.all(_ORGANISATION)]

    def put(self, organisation_id: str, entries: Iterable[Setup]) -> None:
        """Add or replace settings."""
        with self._store.transaction():
            for entry in entries:
                self._store.put(
                    type(entry).__name__,
                    organisation_id,
                    entry.key,
                    entry.model_dump(mode="json"),
                )

    def list(self, kind: type[Setup], organisation_id: str) -> list[Setup]:
        """Return all settings of a kind."""
        return [kind(**found) for found in self._store.all(kind.__name__, organisation_id)]

    def find(self, kind: type[Setup], organisation_id: str, key: str) -> Setup | None:
        """Return one setting by its key."""
        found = self._store.get(kind.__name__, organisation_id, key)
        return kind(**found) if found else None
