"""RRP of a line: the first rule that applies, with the basis that says which."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter
from syncline_contracts.partner import RrpPolicy
from syncline_pricing.domain.rrp import LineView, Ratio, Rrp, Terms, raised, rrp_of

from tests.unit.pricing.samples import FX_RATE, line

LINE = TypeAdapter(LineView)
LISTED: dict[str, Any] = {"list_unit_price": "10", "quantity": "7"}  # 10 x 7 x 1.5 = 105


def rrp(
    policy: RrpPolicy | None = None, reversed: Ratio | None = None, **fields: Any
) -> tuple[str | None, str]:
    view = LINE.validate_python(line(**fields))
    found = rrp_of(view, Decimal(view["cost"]), Terms(Decimal(FX_RATE), policy, reversed))
    return (None if found.amount is None else str(found.amount), found.basis)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # stated by the supplier: taken as it is, whatever else the line says
        ({"stated_rrp": "99.123"}, ("99.123", "stated")),
        ({"stated_rrp": "0.00"}, ("0.00", "stated")),
        ({"stated_rrp": "-99.5", "cost": "-85"}, ("-99.5", "stated")),
        ({"stated_rrp": "1", "retail_cost": "2", "pec_percent": "15", **LISTED}, ("1", "stated")),
        ({"stated_rrp": "3000", "kind": "reservation"}, ("3000", "stated")),
        # the retail cost column
        ({"retail_cost": "100.01"}, ("100.01", "retail")),
        ({"retail_cost": "2", "pec_percent": "15", **LISTED}, ("2", "retail")),
        ({"retail_cost": "-2", "cost": "-1", "reference_id": "r"}, ("-2", "retail")),
    ],
)
def test_what_the_supplier_states_comes_first(
    fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert rrp(**fields) == expected


@pytest.mark.parametrize(
    ("cost", "percent", "expected"),
    [
        ("85.00", "15", ("1E+2", "pec")),
        ("85.00", "0", ("85.00", "pec")),
        ("0", "15", ("0", "pec")),
        ("0.00", "100", ("0", "pec")),
        ("-85.00", "15", ("-1E+2", "pec")),
        ("10", "15", ("11.76470588235294117647", "pec")),
        ("-10", "15", ("-11.76470588235294117647", "pec")),
        ("12.5", "7.5", ("13.51351351351351351351", "pec")),
        ("85.00", "100", (None, "none")),
        ("85.00", "115", (None, "none")),
        ("85.00", "-5", (None, "none")),
    ],
)
def test_partner_earned_credit_is_taken_off_again(
    cost: str, percent: str, expected: tuple[str | None, str]
) -> None:
    found, basis = rrp(cost=cost, pec_percent=percent)
    assert basis == expected[1]
    assert (found and Decimal(found)) == (expected[0] and Decimal(expected[0]))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "reservation"},
        {"kind": "savings_plan"},
        {"kind": "seat"},
        {"kind": "marketplace"},
        {"credit_reason": "Azure Consumption Credit"},
        {"publisher": "Somebody Else Pty Ltd"},
    ],
)
def test_partner_earned_credit_concerns_microsofts_own_plain_usage_only(
    fields: dict[str, Any],
) -> None:
    assert rrp(pec_percent="15", **fields) == (None, "none")


@pytest.mark.parametrize("publisher", ["Microsoft", "Microsoft Corporation", "microsoft", ""])
def test_microsoft_is_known_by_its_names(publisher: str) -> None:
    assert rrp(pec_percent="0", publisher=publisher) == ("85.00", "pec")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "105"),
        ({"effective_unit_price": "8.1"}, "105"),
        # the sign is that of the cost, wherever the supplier put the minus
        ({"cost": "-85"}, "-105"),
        ({"cost": "-85", "quantity": "-7"}, "-105"),
        ({"cost": "-85", "list_unit_price": "-10"}, "-105"),
        ({"cost": "85", "quantity": "-7"}, "105"),
        # free: a price above zero stands beside a charge of nothing
        ({"effective_unit_price": "0"}, "0"),
        ({"effective_unit_price": "0.000000", "cost": "0.00"}, "0"),
        ({"effective_unit_price": "0.5", "cost": "0"}, "0"),
        ({"cost": "0"}, "0"),
        ({"prorated": False}, "105"),
        # other kinds: only where the supplier says that nothing is prorated
        ({"kind": "seat", "prorated": False}, "105"),
        ({"kind": "software_subscription", "prorated": False}, "105"),
        ({"kind": "perpetual_software", "prorated": False}, "105"),
        ({"kind": "marketplace", "prorated": False, "cost": "-85"}, "-105"),
    ],
)
def test_list_price_times_quantity_has_the_sign_of_the_cost(
    fields: dict[str, Any], expected: str
) -> None:
    found, basis = rrp(**{**LISTED, **fields})
    assert basis == "list"
    assert found is not None
    assert Decimal(found) == Decimal(expected)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "reservation"},
        {"kind": "reservation", "prorated": False},
        {"kind": "savings_plan", "prorated": False},
        {"kind": "seat"},
        {"kind": "seat", "prorated": True},
        {"kind": "software_subscription"},
        {"kind": "unknown", "prorated": False},
        {"kind": "credit", "prorated": False},
        {"prorated": True},
        {"credit_reason": "SLA"},
        {"list_unit_price": "0"},
        {"quantity": "0.000"},
    ],
)
def test_list_price_is_not_used_where_it_would_be_wrong(fields: dict[str, Any]) -> None:
    assert rrp(**{**LISTED, **fields}) == (None, "none")


@pytest.mark.parametrize("missing", ["list_unit_price", "quantity"])
def test_a_blank_price_or_quantity_is_not_zero(missing: str) -> None:
    fields = {name: value for name, value in LISTED.items() if name != missing}
    assert rrp(**fields) == (None, "none")


@pytest.mark.parametrize("kind", ["consumption", "seat", "reservation", "software_subscription"])
def test_a_line_that_costs_nothing_at_a_price_of_zero_is_free(kind: str) -> None:
    assert rrp(kind=kind, cost="0.00", effective_unit_price="0.00") == ("0", "list")


@pytest.mark.parametrize(
    ("kind", "cost", "expected"),
    [
        ("reservation", "-85.00", "-100"),
        ("seat", "-42.50", "-50"),
        ("consumption", "-0.01", "-0.01176470588235294118"),
    ],
)
def test_a_refund_takes_the_ratio_of_what_it_reverses(kind: str, cost: str, expected: str) -> None:
    reversed = Ratio(rrp=Decimal(100), cost=Decimal(85))
    found, basis = rrp(reversed=reversed, kind=kind, cost=cost, reference_id="r-1", **LISTED)
    assert basis == "ratio"
    assert found is not None
    assert Decimal(found) == Decimal(expected)


def test_a_refund_of_something_free_is_free() -> None:
    reversed = Ratio(rrp=Decimal(0), cost=Decimal(85))
    found, basis = rrp(reversed=reversed, kind="seat", cost="-85", reference_id="r-1")
    assert (Decimal(found or "1"), basis) == (Decimal(0), "ratio")


def test_a_refund_of_something_unknown_waits_for_a_person() -> None:
    assert rrp(kind="reservation", cost="-85", reference_id="r-1") == (None, "none")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "credit", "cost": "-12.345"}, ("-12.345", "cost")),
        ({"kind": "credit", "cost": "-12.345", "reference_id": "r"}, ("-12.345", "cost")),
        ({"credit_reason": "Azure Consumption Credit", "cost": "-5"}, ("-5", "cost")),
        ({"credit_reason": "SLA", "cost": "-5", "pec_percent": "15", **LISTED}, ("-5", "cost")),
        ({"kind": "credit", "cost": "5"}, (None, "none")),
        ({"kind": "seat", "cost": "-5"}, (None, "none")),
    ],
)
def test_another_credit_is_passed_on_as_it_is(
    fields: dict[str, Any], expected: tuple[str | None, str]
) -> None:
    assert rrp(**fields) == expected


@pytest.mark.parametrize("cost", ["8.50", "-8.50", "0"])
def test_tax_is_carried_through_at_cost(cost: str) -> None:
    policy = RrpPolicy(mode="cost_plus", percent=Decimal(10))
    assert rrp(policy, kind="tax", cost=cost) == (cost, "cost")


@pytest.mark.parametrize(
    ("policy", "cost", "expected"),
    [
        (None, "85.00", (None, "none")),
        (RrpPolicy(), "85.00", (None, "none")),
        (RrpPolicy(mode="cost"), "85.00", ("85.00", "policy")),
        (RrpPolicy(mode="cost"), "-85.00", ("-85.00", "policy")),
        (RrpPolicy(mode="cost_plus", percent=Decimal("12.5")), "80", ("90.000", "policy")),
        (RrpPolicy(mode="cost_plus", percent=Decimal("12.5")), "-80", ("-90.000", "policy")),
        (RrpPolicy(mode="cost_plus"), "80", ("80", "policy")),
    ],
)
def test_the_partners_policy_has_the_last_word(
    policy: RrpPolicy | None, cost: str, expected: tuple[str | None, str]
) -> None:
    assert rrp(policy, kind="reservation", cost=cost) == expected


def test_policy_never_overrides_what_is_known() -> None:
    assert rrp(RrpPolicy(mode="cost"), stated_rrp="99") == ("99", "stated")
    assert rrp(RrpPolicy(mode="cost"), pec_percent="0") == ("85.00", "pec")


def test_policy_does_not_lift_the_hold_on_a_credit_of_everything() -> None:
    assert rrp(RrpPolicy(mode="cost"), pec_percent="100") == (None, "none")


def test_what_is_computed_is_rounded_once_to_twenty_places_half_even() -> None:
    one_third = rrp(cost="1", pec_percent="97")
    assert one_third == ("33.33333333333333333333", "pec")
    assert raised(Decimal("0.00000000000000000005"), Decimal(50)) == Decimal("8E-20")
    assert raised(Decimal("0.00000000000000000003"), Decimal(50)) == Decimal("4E-20")


def test_long_amounts_lose_no_digit() -> None:
    long = "12345678901234567890123456789012345678.12"
    assert rrp(cost=long, pec_percent="0") == (long, "pec")
    assert rrp(cost="-" + long, list_unit_price="1", quantity=long) == (
        "-18518518351851851835185185183518518517.180",
        "list",
    )


def test_an_amount_too_long_for_the_contracts_is_an_error() -> None:
    with pytest.raises(ArithmeticError):
        rrp(cost="1", list_unit_price="9" * 40, quantity="9" * 40)
    with pytest.raises(ArithmeticError):
        raised(Decimal("9" * 40), Decimal(1000))


def test_none_is_the_only_basis_without_an_amount() -> None:
    assert rrp_of(LINE.validate_python(line()), Decimal(85), Terms(Decimal(FX_RATE))) == Rrp(
        None, "none"
    )
