"""Exact money: decimals as text on the wire, added without loss, rounded once (design 5)."""

import re
from collections.abc import Iterable
from decimal import (
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
from functools import reduce
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, StringConstraints
from pydantic_core import core_schema

AMOUNT_PATTERN = r"^-?[0-9]{1,40}(\.[0-9]{1,40})?$"
_AMOUNT = re.compile(AMOUNT_PATTERN)

AmountText = Annotated[str, StringConstraints(pattern=AMOUNT_PATTERN, max_length=82)]
"""An exact decimal as text, unparsed: the form inside a line, where speed counts."""

_ERRORS = [InvalidOperation, DivisionByZero, Overflow, Clamped]
ARITHMETIC = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=_ERRORS)
"""For products and quotients; the result is quantised once with `quantise`."""
EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=[*_ERRORS, Inexact])
"""For sums: a lost digit raises instead of passing."""

ZERO = Decimal(0)
_ONE, _HUNDRED = Decimal(1), Decimal(100)
_PLACES_20 = Decimal(1).scaleb(-20)

# ISO 4217: currencies whose minor unit is not two digits, of those that our suppliers bill in.
_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "JOD": 3}


class _ExactDecimal:
    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.no_info_after_validator_function(
            Decimal, core_schema.str_schema(pattern=AMOUNT_PATTERN, max_length=82, strict=True)
        )
        finite = core_schema.no_info_after_validator_function(
            _finite, core_schema.is_instance_schema(Decimal)
        )
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.union_schema(
                [finite, text],
                custom_error_type="amount",
                custom_error_message=(
                    "an amount is text in digits such as '-10.5', without exponent; a JSON number "
                    "is refused, for it has passed a binary fraction"
                ),
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                to_text, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": AMOUNT_PATTERN}


Amount = Annotated[Decimal, _ExactDecimal]
"""An exact decimal. On the wire a string; a JSON number is refused, since it has passed a float."""


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("an amount is a finite number")
    return value


def to_text(value: Decimal) -> str:
    """Write an amount without exponent, every digit kept; minus zero becomes zero."""
    text = format(value, "f")
    return text.removeprefix("-") if value.is_zero() else text


def shortest(value: Decimal) -> str:
    """One text for one number, however many zeros it was written with."""
    return to_text(value.normalize(ARITHMETIC))


def add(values: Iterable[Decimal]) -> Decimal:
    """Add exactly. Raises `decimal.Inexact` rather than lose a digit."""
    return reduce(EXACT.add, values, ZERO)


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """Subtract exactly. Raises `decimal.Inexact` rather than lose a digit."""
    return EXACT.subtract(left, right)


def multiply(*factors: Decimal) -> Decimal:
    """Multiply; the result is for `quantise`."""
    return reduce(ARITHMETIC.multiply, factors)


def divide(value: Decimal, divisor: Decimal) -> Decimal:
    """Divide to 100 significant digits; the result is for `quantise`."""
    return ARITHMETIC.divide(value, divisor)


def quantise(value: Decimal) -> Decimal:
    """Bring an amount that we computed to 20 places, half-even, once; shorter ones stay."""
    rounded = ARITHMETIC.quantize(value, _PLACES_20)
    # Of equal amounts the one with more places compares as less.
    is_shorter = rounded == value and rounded.compare_total_mag(value) < 0
    return value if is_shorter else rounded


def raised(amount: Decimal, percent: Decimal) -> Decimal:
    """An amount x (1 + percent / 100), for `quantise`; at 0 % the very same amount."""
    if percent.is_zero():
        return amount
    return multiply(amount, add((_ONE, divide(percent, _HUNDRED))))


def minor_unit(currency: str) -> Decimal:
    """Smallest amount of a currency that can be billed, such as 0.01."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


def round_minor(value: Decimal, currency: str) -> Decimal:
    """Round to the currency's minor unit, half away from zero: once, for a charge."""
    return value.quantize(minor_unit(currency), rounding=ROUND_HALF_UP, context=ARITHMETIC) + ZERO


def is_amount_text(text: str) -> bool:
    """Tell whether a text is an amount as the contracts write it."""
    return _AMOUNT.fullmatch(text) is not None
