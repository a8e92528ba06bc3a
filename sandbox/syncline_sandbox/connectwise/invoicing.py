"""Agreement invoicing, as a person runs it: what the open period bills, and the next one opens."""

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from syncline_sandbox.connectwise.records import Addition, Agreement
from syncline_sandbox.decimals import product, quotient, round_half_up

MONTHS = {"Monthly": 1, "Bi-Monthly": 2, "Quarterly": 3, "Semi-Annual": 6, "Yearly": 12}


def open_period(agreement: Agreement) -> tuple[date, date]:
    """First and last day of the period that is invoiced next. Raises `KeyError` without a cycle."""
    upcoming = agreement.next_invoice
    if upcoming is None:
        raise KeyError("no next invoice date")
    is_calendar = agreement.invoicing_cycle == "CalendarYear"
    first = upcoming.replace(day=1) if is_calendar else upcoming
    anchor = 1 if is_calendar else (agreement.bill_start or agreement.start).day
    return first, _later(first, MONTHS[agreement.billing_cycle], anchor) - timedelta(days=1)


def invoice(
    agreement: Agreement, additions: Iterable[Addition]
) -> tuple[Agreement, list[tuple[Addition, Decimal]]]:
    """What the open period bills: each addition as it stands afterwards, and its amount.

    Without proration an addition bills whole in every period that it touches, and never in one
    that was invoiced before it came; with it, by its days, and what is past with the rest.
    """
    first, last = open_period(agreement)
    lines = []
    for one in additions:
        until = one.cancelled or date.max
        touches = one.effective <= last and until >= first
        is_late = until < first and agreement.prorates and not one.is_billed
        if one.bill_customer != "Billable" or not (touches or is_late):
            continue
        amount = product(one.quantity, one.unit_price)
        if agreement.prorates:
            start, end = (one.effective, until) if is_late else (first, last)
            days = (min(until, end) - max(one.effective, start)).days + 1
            whole = (end - start).days + 1
            amount = quotient(product(amount, Decimal(days)), Decimal(whole))
        billed = one.model_copy(update={"billed_quantity": one.quantity})
        lines.append((billed, round_half_up(amount)))
    return agreement.model_copy(update={"next_invoice": last + timedelta(days=1)}), lines


def _later(day: date, months: int, anchor: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))
