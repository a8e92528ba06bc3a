"""What a partner's invoices add up to, month by month, as mapping tells it."""

from typing import ClassVar

from syncline_contracts.identity import BillingMonth
from syncline_contracts.message import Model
from syncline_contracts.query import Query


class MonthSum(Model):
    """A partner's invoices of one month in one currency."""

    billing_month: BillingMonth
    currency: str
    invoices: int
    """Superseded ones among them; the amounts are without those."""
    cost: str
    sell: str


class Months(Model):
    """Answer to `ListMonths`."""

    months: tuple[MonthSum, ...]


class ListMonths(Query[Months]):
    """Exact sums of every month that has an invoice, the newest first."""

    services: ClassVar[tuple[str, ...]] = ("mapping",)
    name: ClassVar[str] = "months"
