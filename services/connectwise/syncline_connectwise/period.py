"""The billing period that an addition lies in, so that it is billed once and whole. Pure.

How ConnectWise reckons: a monthly agreement has periods of a calendar month, or, by its contract
year, months from the day on which it began. The period of the next invoice date is open; those
before it are invoiced. An agreement that prorates bills an addition by its days in the period.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from syncline_chassis.errors import NotBillableError

from syncline_connectwise.schemas import CwAgreement

BY_CALENDAR = "CalendarYear"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Some days; both ends belong to it."""

    first: date
    last: date
    remark: str = ""
    """How it is billed, where that is not as always."""


def period_for(month: str, agreement: CwAgreement, *, in_open_period: bool) -> Period:
    """Where an addition for the usage of a month goes: the open period, or that month's.

    Raises `NotBillableError` where it would never be billed, or only in part.
    """
    upcoming = agreement.next_invoice_date
    if upcoming is None:
        raise NotBillableError(
            f"ConnectWise names no next invoice date for the agreement {agreement.name!r}, so that "
            "no period of it is open. Look at its billing cycle and dates there."
        )
    anchor = _anchor(agreement, upcoming)
    opened = _holding(upcoming, anchor)
    if in_open_period:
        return _within(opened, agreement)
    year, number = (int(part) for part in month.split("-"))
    period = _from(year, number, anchor)
    if period.first < opened.first:
        return _late(month, period, agreement)
    return _within(period, agreement)


def _late(month: str, period: Period, agreement: CwAgreement) -> Period:
    if not agreement.prorate_flag:
        raise NotBillableError(
            f"{month} of the agreement {agreement.name!r} is invoiced already, and "
            "it does not prorate: an addition in that month would never be billed. Set the "
            "connection to bill in the open period."
        )
    found = _within(period, agreement)
    is_apart = agreement.invoice_prorated_additions_flag
    where = "at once, on an invoice of its own" if is_apart else "with the next invoice"
    return Period(found.first, found.last, f"{month} is invoiced already: billed {where}.")


def _within(period: Period, agreement: CwAgreement) -> Period:
    """The part of a period in which the agreement is billed."""
    starts = max(filter(None, (agreement.start_date, agreement.bill_start_date)), default=None)
    ends = None if agreement.no_ending_date_flag else agreement.end_date
    first = period.first if starts is None else max(period.first, starts)
    last = period.last if ends is None else min(period.last, ends)
    days = f"{period.first.isoformat()} to {period.last.isoformat()}"
    if first > last:
        when = f"ends on {ends}" if ends is not None and ends < period.first else ""
        raise NotBillableError(
            f"The agreement {agreement.name!r} {when or f'is billed from {starts} on'}, and the "
            f"charges go into the period {days}. Change its dates in ConnectWise, or choose "
            "another one."
        )
    if agreement.prorate_flag and (first, last) != (period.first, period.last):
        raise NotBillableError(
            f"The agreement {agreement.name!r} prorates and is billed from {first.isoformat()} to "
            f"{last.isoformat()} only, not for the whole period {days}: ConnectWise would bill a "
            "part of the amount. Change its dates or switch proration off there, or choose "
            "another one."
        )
    return Period(first, last)


def _anchor(agreement: CwAgreement, upcoming: date) -> int:
    """Day of the month on which periods begin; in a month without it, its last day."""
    if agreement.invoicing_cycle == BY_CALENDAR:
        return 1
    began = agreement.bill_start_date or agreement.start_date
    if began is not None and _day(upcoming.year, upcoming.month, began.day) == upcoming:
        return began.day
    return upcoming.day


def _holding(day: date, anchor: int) -> Period:
    """The period that a day lies in."""
    period = _from(day.year, day.month, anchor)
    if period.first <= day:
        return period
    before = day.replace(day=1) - ONE_DAY
    return _from(before.year, before.month, anchor)


def _from(year: int, month: int, anchor: int) -> Period:
    """The period that begins in a month."""
    next_year, next_month = (year + 1, 1) if month == 12 else (year, month + 1)
    return Period(_day(year, month, anchor), _day(next_year, next_month, anchor) - ONE_DAY)


def _day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
