"""Money is exact: nothing lost in sums, rounded once, text on the wire."""

from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from syncline_contracts import money

AMOUNT: TypeAdapter[Decimal] = TypeAdapter(money.Amount)
decimals = st.decimals(
    min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=20
)


@pytest.mark.parametrize(
    "text", ["1.2", "3", "true", "null", '"1e5"', '"NaN"', '"Infinity"', '""', '"1,2"']
)
def test_what_is_no_exact_decimal_text_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(text)


def test_a_float_is_refused_in_python_too() -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(1.5)


@given(decimals)
def test_an_amount_survives_the_wire(value: Decimal) -> None:
    assert AMOUNT.validate_json(AMOUNT.dump_json(value)) == value


def test_digits_are_kept_as_stated() -> None:
    assert AMOUNT.dump_json(AMOUNT.validate_json('"1.2300"')) == b'"1.2300"'


@given(st.lists(decimals, max_size=50))
def test_a_sum_does_not_depend_on_the_order(values: list[Decimal]) -> None:
    assert money.add(values) == money.add(reversed(values))


def test_more_digits_than_the_default_context_has_are_kept() -> None:
    long = Decimal("12345678901234567890.12345678901234567890")
    assert money.add([long, Decimal("0.00000000000000000001")]) == Decimal(
        "12345678901234567890.12345678901234567891"
    )


def test_a_lost_digit_raises() -> None:
    with pytest.raises(Inexact):
        money.add([Decimal(10) ** 90, Decimal(1).scaleb(-40)])


@pytest.mark.parametrize(
    ("value", "currency", "rounded"),
    [
        ("0.005", "AUD", "0.01"),
        ("-0.005", "AUD", "-0.01"),
        ("0.00499999", "AUD", "0.00"),
        ("2.675", "USD", "2.68"),
        ("1.5", "JPY", "2"),
        ("1.0005", "KWD", "1.001"),
        ("-0.001", "AUD", "0.00"),
    ],
)
def test_rounding_is_half_away_from_zero_at_the_minor_unit(
    value: str, currency: str, rounded: str
) -> None:
    assert money.to_text(money.round_minor(Decimal(value), currency)) == rounded


@given(decimals)
def test_rounding_leaves_less_than_half_a_cent(value: Decimal) -> None:
    residual = money.subtract(value, money.round_minor(value, "AUD"))
    assert abs(residual) <= Decimal("0.005")


def test_a_quotient_is_quantised_once_to_twenty_places() -> None:
    assert money.quantise(money.divide(Decimal(1), Decimal(3))) == Decimal("0." + "3" * 20)
    assert money.quantise(Decimal("1.50")).as_tuple().exponent == -2


def test_an_amount_that_is_none_is_refused_in_one_sentence() -> None:
    class Holder(BaseModel):
        amount: money.Amount

    for wrong in (1, 1.5, "1e3", "ten"):
        with pytest.raises(ValidationError) as caught:
            Holder.model_validate({"amount": wrong})
        (error,) = caught.value.errors()
        assert error["loc"] == ("amount",)
        assert "text in digits" in error["msg"]
