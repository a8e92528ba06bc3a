"""Billing months and the two ways that suppliers write a day."""

from datetime import date, timedelta

_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def feed_date(day: date) -> str:
    """Write a day as the distributor does: 19-JAN-2024."""
    return f"{day.day:02}-{_NAMES[day.month - 1]}-{day.year}"


def parse_feed_date(text: str) -> date:
    """Read a day as the distributor writes it.

    Raises:
        ValueError: the text is not such a day.
    """
    day, _, rest = text.strip().upper().partition("-")
    name, _, year = rest.partition("-")
    if name not in _NAMES:
        raise ValueError(f"not a date like 19-JAN-2024: {text!r}")
    return date(int(year), _NAMES.index(name) + 1, int(day))


def month_days(month: str) -> tuple[date, date]:
    """Return the first and the last day of `YYYY-MM`."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def month_before(first: date) -> tuple[date, date]:
    """Return the first and the last day of the month before."""
    last = first - timedelta(days=1)
    return last.replace(day=1), last
