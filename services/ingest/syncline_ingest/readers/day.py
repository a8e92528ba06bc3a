"""Dates as suppliers write them -> ISO days."""

import re
from datetime import UTC, date, datetime, time

from syncline_ingest.readers.text import is_missing

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_US = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:,? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?)?", re.ASCII
)
_NAMED = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", re.ASCII)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def parse_day(cell: str) -> date | None:
    """Day of a cell; None where it is missing.

    Days with slashes are MM/DD/YYYY, as Partner Center writes them. Raises `ValueError` whose text
    completes "<cell>: ".
    """
    text = cell.strip().removeprefix("'")
    if is_missing(text):
        return None
    if len(text) <= 40:
        for pattern, read in ((_ISO, _iso), (_US, _us), (_NAMED, _named)):
            match = pattern.fullmatch(text)
            if match:
                try:
                    return read(match)
                except ValueError:
                    break
    raise ValueError("is no date like 2026-10-31, 10/31/2026 or 31-OCT-2026")


def _iso(match: re.Match[str]) -> date | None:
    year, month, day, hour, minute, second, zone = match.groups()
    stated = date(int(year), int(month), int(day))
    if stated.year == 1:  # how .NET writes a date that was never set
        return None
    at = time(int(hour or 0), int(minute or 0), int(second or 0))
    if zone in (None, "Z") or at == time():
        return stated  # midnight somewhere is meant as that day
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return datetime.fromisoformat(f"{stated}T{at}{zone}").astimezone(UTC).date()


def _us(match: re.Match[str]) -> date:
    month, day, year = match.groups()
    return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))


def _named(match: re.Match[str]) -> date:
    day, month, year = match.groups()
    if month.upper() not in _MONTHS:
        raise ValueError(month)
    return date(int(year), _MONTHS.index(month.upper()) + 1, int(day))
