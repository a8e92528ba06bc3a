"""When an invoice is due: Xero's four kinds of payment terms, computed before it is written.

Xero fills a due date in by itself only on its own pages, so the terms that a contact or the
organisation has there are read and applied here (help.xero.com/PaymentTerms: the contact's first).
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from syncline_xero.schemas import XeroTerms

OF_CONTACT = "contact_terms"
AFTER_DATE = "days_after_date"
RULES: Mapping[str, str] = {
    AFTER_DATE: "DAYSAFTERBILLDATE",
    "days_after_month": "DAYSAFTERBILLMONTH",
    "day_of_month": "OFCURRENTMONTH",
    "day_of_next_month": "OFFOLLOWINGMONTH",
}
DAYS_OF_MONTH = ("day_of_month", "day_of_next_month")


@dataclass(frozen=True, slots=True)
class Terms:
    """One of Xero's kinds with its number: days to wait, or the day of a month."""

    kind: str
    number: int

    def due(self, issued_on: date) -> date:
        """The day when it is due, never before it is issued; the 31st is a month's last day."""
        match self.kind:
            case "DAYSAFTERBILLMONTH":
                return _day(issued_on, 31) + timedelta(days=self.number)
            case "OFCURRENTMONTH":
                this_month = _day(issued_on, self.number)
                return this_month if this_month >= issued_on else self._next_month(issued_on)
            case "OFFOLLOWINGMONTH":
                return self._next_month(issued_on)
            case _:
                return issued_on + timedelta(days=self.number)

    def _next_month(self, issued_on: date) -> date:
        return _day(_day(issued_on, 31) + timedelta(days=1), self.number)


def agreed(*of: XeroTerms | None) -> Terms | None:
    """The first terms for sales that say something we know."""
    stated = [one.sales for one in of if one is not None and one.sales is not None]
    return next(
        (
            Terms(one.type, one.day)
            for one in stated
            if one.type in RULES.values() and one.day is not None and one.day >= 0
        ),
        None,
    )


def _day(month: date, number: int) -> date:
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=min(max(number, 1), last))
