"""Show Breakdown: what can be asked of mapping about the lines behind a tenant's charges."""

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from syncline_contracts.identity import Key, TenantId, VendorItem
from syncline_contracts.message import Model
from syncline_contracts.query import Page, Query

A = TypeVar("A", bound=BaseModel)
GroupBy = Literal["vendor_item", "subscription", "resource_group", "meter", "day"]
SortBy = Literal["row", "cost", "sell"]
Amount = Literal["quantity", "cost", "rrp", "percent", "sell"]
OrderBy = GroupBy | Amount
Text = Annotated[str, Field(max_length=400)]


class LinesQuery(Query[A], Generic[A]):
    """Base: which lines of a tenant on one invoice."""

    services: ClassVar[tuple[str, ...]] = ("mapping",)

    invoice_key: Key
    tenant_id: TenantId
    vendor_item: VendorItem | None = None
    text: Text = ""
    """Stands in a name, id or description of the line; upper and lower case are the same."""
    within: dict[GroupBy, Text] = Field(default_factory=dict)
    """Only lines of these groups, by their keys."""


class Lines(Model):
    """Answer to `ListLines`; lines as in `PricedLine`."""

    lines: tuple[dict[str, Any], ...]
    next_cursor: str | None = None


class ListLines(LinesQuery[Lines]):
    """The lines behind a tenant's charges (Show Breakdown), in document order unless sorted."""

    name: ClassVar[str] = "lines"

    sort: SortBy = "row"
    """By an amount, the largest first; `order_by` says that of any column, and counts before it."""
    order_by: OrderBy | None = None
    """Names as they are shown, amounts by their value; of equal ones the lowest row first."""
    descending: bool = False
    page: Page = Page()


class LineGroup(Model):
    """Lines that have something in common; exact sums."""

    key: str
    """Empty for lines that do not say."""
    label: str
    lines: int
    cost: str
    sell: str
    """Of the lines that have a price."""


class LineGroups(Model):
    """Answer to `GroupLines`: days in their order, other groups by cost, the largest first."""

    groups: tuple[LineGroup, ...]
    lines: int
    cost: str
    sell: str
    days: tuple[LineGroup, ...] = ()
    """The same lines by day, where that was asked for."""


class GroupLines(LinesQuery[LineGroups]):
    """Sums of a tenant's lines by what they have in common."""

    name: ClassVar[str] = "line_groups"

    by: GroupBy
    with_days: bool = False
    """Also by day, at once."""
