"""Numbers as suppliers write them -> exact decimal text; a number with two readings is refused."""

import re
from decimal import Decimal

from syncline_contracts.money import AMOUNT_PATTERN, to_text

from syncline_ingest.readers.text import is_missing

is_plain = re.compile(AMOUNT_PATTERN).fullmatch
"""Tells whether a cell needs no work; nearly all do not."""

_MAX_DIGITS = 40
_MAX_CHARACTERS = 120
_LOOSE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_GROUPED = (
    # Two groups at least, or a mark for the decimals: only then is the separator certain.
    (re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+"), ",", "."),
    (re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}"), ",", "."),
    (re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"), ".", ","),
    (re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}"), ".", ","),
    (re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:\.[0-9]+)?"), " ", "."),
    (re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+,[0-9]+"), " ", ","),
    # A decimal comma that cannot separate thousands: not three digits after it, or a zero before.
    (re.compile(r"[+-]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})"), " ", ","),
    (re.compile(r"[+-]?0,[0-9]+"), " ", ","),
)
_TWO_READINGS = re.compile(r"[+-]?[0-9]{1,3}[,][0-9]{3}")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\t"), " ") | {0x2212: "-"}


def parse_number(cell: str) -> str | None:
    """Exact decimal text with every digit; None where the cell says that it is missing.

    Raises `ValueError` whose text completes "<cell>: ".
    """
    if is_plain(cell):
        return cell
    text = cell.translate(_SPACES).strip()
    if is_missing(text):
        return None
    if len(text) > _MAX_CHARACTERS:
        raise ValueError(f"is no number: it has {len(text)} characters")
    text = text.removeprefix("'").strip()
    if text.startswith("(") and text.endswith(")"):  # accounting form of a negative amount
        text = "-" + text[1:-1].strip()
    if _LOOSE.fullmatch(text):
        return _bounded(Decimal(text))
    for pattern, separator, mark in _GROUPED:
        if pattern.fullmatch(text):
            return _bounded(Decimal(text.replace(separator, "").replace(mark, ".")))
    if _TWO_READINGS.fullmatch(text):
        raise ValueError("can be read as thousands or as decimals")
    raise ValueError("is not a number")


def _bounded(value: Decimal) -> str:
    # Before the digits are written out: an exponent of a few characters can ask for gigabytes.
    if value.is_zero():
        exponent = value.as_tuple().exponent
        small = isinstance(exponent, int) and -_MAX_DIGITS <= exponent <= 0
        return to_text(value) if small else "0"
    if value.adjusted() >= _MAX_DIGITS:
        raise ValueError(f"has more than {_MAX_DIGITS} digits before the decimal mark")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MAX_DIGITS:
        raise ValueError(f"has more than {_MAX_DIGITS} digits after the decimal mark")
    return to_text(value)
