"""Numbers stay what they are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_chassis.connector.exact_json import dumps, loads, plain

EXACT = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15
)


@given(EXACT, st.text())
def test_amounts_and_text_survive_the_round_trip(amount: Decimal, text: str) -> None:
    read = loads(dumps({"amount": amount, "lines": [{text: text, "n": 1, "none": None}]}))
    assert Decimal(read["amount"]) == amount
    assert read["lines"] == [{text: text, "n": 1, "none": None}]


def test_an_amount_is_written_as_a_number_with_all_its_digits() -> None:
    assert dumps([Decimal("1289.370"), Decimal("1E+3"), Decimal("-0.0")]) == "[1289.370,1000,0.0]"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        dumps({"amount": 0.1})


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": ', "<html>"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        loads(text)


def test_for_events_and_the_database_amounts_are_text() -> None:
    assert plain({"a": [Decimal("1.50"), 2, "x", None]}) == {"a": ["1.50", 2, "x", None]}
