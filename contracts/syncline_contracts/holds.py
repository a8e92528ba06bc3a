"""What waits for a person at a partner, summed once a week."""

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from syncline_contracts.identity import Currency, deterministic_id, key
from syncline_contracts.message import Event, Model
from syncline_contracts.money import Amount
from syncline_contracts.tenant import HoldCode

MONDAY_HOUR = 7
"""From this hour of a Monday on, in the partner's time zone, the week's report is due."""
Week = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-W[0-9]{2}$")]


def week_due(now: datetime, time_zone: str) -> str:
    """The ISO week whose report is due by now."""
    local = now.astimezone(ZoneInfo(time_zone)) - timedelta(hours=MONDAY_HOUR)
    year, week, _ = date(local.year, local.month, local.day).isocalendar()
    return f"{year}-W{week:02}"


class Waiting(Model):
    """Tenants that wait, each on its invoice, and what they cost before tax."""

    tenants: Annotated[int, Field(ge=0)]
    cost: Amount


class WaitingForReason(Waiting):
    """Those that have this reason among theirs; a tenant with several is in each of them."""

    reason: HoldCode


class WaitingInCurrency(Waiting):
    """All that waits of one currency; currencies are never added up."""

    currency: Currency
    unmapped: Waiting
    """Of them, those without a client, agreement or contract."""
    ignored: Waiting
    """Of them, those that somebody left out with a reason."""
    reasons: tuple[WaitingForReason, ...]
    """Most money first."""


class HoldsReportedV1(Event):
    """What is held and unmapped this week; said once a week, and not where nothing waits."""

    type_name: ClassVar[str] = "holds.reported.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("portal",)

    week: Week
    """ISO week in the partner's time zone."""
    waiting: Annotated[tuple[WaitingInCurrency, ...], Field(min_length=1)]

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return key("holds", self.partner_id)

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(self.type_name, self.partner_id, self.week)
