"""Cost, sell and margin of the last months as a chart."""

from decimal import Decimal
from typing import Any

from syncline_contracts.money import ZERO
from syncline_contracts.month_query import MonthSum

from syncline_portal.last_month import month_before
from syncline_portal.look.money import month

MONTHS = 13
INK = "#7d8896"
"""Readable on light and on dark."""


def options(found: tuple[MonthSum, ...]) -> dict[str, Any]:
    """What it shows of sums that begin with the newest month: the currency of most invoices."""
    invoices: dict[str, int] = {}
    for one in found:
        invoices[one.currency] = invoices.get(one.currency, 0) + one.invoices
    currency = max(invoices, key=lambda name: invoices[name], default="")
    by_month = {one.billing_month: one for one in found if one.currency == currency}
    months = _up_to(max(by_month)) if by_month else []
    costs = [Decimal(by_month[one].cost) if one in by_month else ZERO for one in months]
    sells = [Decimal(by_month[one].sell) if one in by_month else ZERO for one in months]
    series = {
        "Cost": costs,
        "Sell": sells,
        "Margin": [sell - cost for cost, sell in zip(costs, sells, strict=True)],
    }
    return {
        "title": {
            "text": f"Last {MONTHS} months, {currency}",
            "left": 0,
            "textStyle": {"fontSize": 14, "color": INK},
        },
        "color": ["#8aa4bf", "#0b7fd4", "#2fa46a"],
        "legend": {"left": 0, "top": 30, "textStyle": {"color": INK}},
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 70, "right": 20, "top": 66, "bottom": 30},
        "xAxis": {
            "type": "category",
            "data": [month(one, short=True) for one in months],
            "axisLabel": {"color": INK},
        },
        "yAxis": {"type": "value", "axisLabel": {"color": INK}},
        "series": [
            {
                "name": name,
                "type": "line" if name == "Margin" else "bar",
                "barMaxWidth": 40,
                "data": [round(float(value), 2) for value in values],
            }
            for name, values in series.items()
        ],
    }


def _up_to(newest: str) -> list[str]:
    """Months of the calendar, those without an invoice too; the newest one last."""
    months = [newest]
    while len(months) < MONTHS:
        months.append(month_before(months[-1]))
    return months[::-1]
