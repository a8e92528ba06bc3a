"""Exact numbers: decimals in and out of JSON, sums that never lose a digit."""

import json
from collections.abc import Iterable
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any

import orjson

_ERRORS = [InvalidOperation, DivisionByZero, Overflow, Clamped]
WIDE = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=_ERRORS)
"""For products and quotients, which are rounded to a fixed place afterwards."""
EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=[*_ERRORS, Inexact])
"""For sums: a lost digit raises."""

ZERO = Decimal(0)
CENT = Decimal("0.01")
PLACES = 20
"""The finest amount that the generator states."""


def total(values: Iterable[Decimal]) -> Decimal:
    """Add exactly."""
    result = ZERO
    for value in values:
        result = EXACT.add(result, value)
    return result


def product(*factors: Decimal) -> Decimal:
    """Multiply without rounding to the default 28 digits."""
    result = Decimal(1)
    for factor in factors:
        result = WIDE.multiply(result, factor)
    return result


def quotient(dividend: Decimal, divisor: Decimal, places: int = PLACES) -> Decimal:
    """Divide, rounded half-even to `places`."""
    return round_half_even(WIDE.divide(dividend, divisor), places)


def round_half_even(value: Decimal, places: int = PLACES) -> Decimal:
    """Round to `places`, ties to the even digit."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN, context=WIDE)


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """Round to `places`, ties away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=WIDE)


def round_down(value: Decimal, places: int = 2) -> Decimal:
    """Cut off after `places`, towards zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN, context=WIDE)


def plain(value: Decimal) -> str:
    """Write without exponent and without trailing zeros: `1200`, `0.00000001`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def as_decimal(value: object) -> Decimal | None:
    """Read a JSON number or a number in a string; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int):
        return Decimal(value)
    elif isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            return None
    else:
        return None
    return number if number.is_finite() else None


def load_json(raw: bytes | str) -> Any:
    """Parse JSON with every fraction as `Decimal`.

    Raises:
        ValueError: the text is not JSON.
    """
    return json.loads(raw, parse_float=Decimal, parse_constant=_refuse)


def dump_json(value: Any) -> bytes:
    """Write JSON; a `Decimal` becomes a JSON number with all its digits."""
    return orjson.dumps(value, default=_number)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no JSON form here")
