"""A unit per charge."""

import pytest
from syncline_chassis.connector.charge_unit import agreement_of, check_rounded, unit_name
from syncline_chassis.errors import NotBillableError
from syncline_chassis.testing.desk import charge


@pytest.mark.parametrize(
    ("of", "name", "number"),
    [("30", "30/AZ-CONS", 30), (None, "0/AZ-CONS", 0), ("main", "main/AZ-CONS", 0)],
)
def test_a_unit_is_a_charge_on_an_agreement(of: str | None, name: str, number: int) -> None:
    one = charge("1.00", agreement_id=of)
    assert (unit_name(one), agreement_of(unit_name(one))) == (name, number)


def test_a_price_below_the_smallest_unit_is_refused() -> None:
    check_rounded(charge("1.01"), "AUD")
    with pytest.raises(NotBillableError, match="comes to 1") as refused:
        check_rounded(charge("1.005"), "AUD")
    assert refused.value.code == "tie_out_failed"
