"""A priced batch: every line with its price, exact sums, no dependence on order."""

import random
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.money import add, divide, multiply, quantise
from syncline_contracts.partner import RrpPolicy
from syncline_pricing.domain.batch import LinePrice, cost_difference, price_batch

from tests.unit.pricing.samples import batch, book, entry, line


def priced(*lines: dict[str, Any], percent: str = "0", **fields: Any) -> list[LinePrice]:
    return price_batch(batch(*lines), book(entry(percent=percent), **fields)).lines


def test_a_line_carries_rrp_percent_sell_and_product() -> None:
    assert priced(line(stated_rrp="100.00"), percent="-10") == [
        {
            "rrp_basis": "stated",
            "rrp": "100.00",
            "percent": "-10",
            "sell": "90.000",
            "profile_id": "std",
            "product_id": "P-AZ-VM",
        }
    ]


def test_percentage_off_rrp_raises_when_positive_and_lowers_when_negative() -> None:
    for percent, sell in (("0", "80"), ("25", "100"), ("-25", "60"), ("-100", "0")):
        (found,) = priced(line(stated_rrp="80"), percent=percent)
        assert Decimal(found["sell"]) == Decimal(sell)


def test_a_vendor_item_without_entry_keeps_its_rrp_and_profile() -> None:
    assert priced(line(vendor_item="AZ-NEW", stated_rrp="100")) == [
        {"rrp_basis": "stated", "rrp": "100", "profile_id": "std"}
    ]


def test_without_any_profile_there_is_still_an_rrp() -> None:
    assert priced(line(stated_rrp="100"), default=None) == [{"rrp_basis": "stated", "rrp": "100"}]


def test_without_rrp_there_is_no_sell() -> None:
    assert priced(line()) == [
        {"rrp_basis": "none", "percent": "0", "profile_id": "std", "product_id": "P-AZ-VM"}
    ]


def test_tax_never_sells() -> None:
    found = price_batch(batch(line(kind="tax", cost="8.5")), book(entry()))
    assert found.lines == [{"rrp_basis": "cost", "rrp": "8.5"}]
    assert found.sell == 0


def test_the_policy_is_that_of_the_lines_kind() -> None:
    policy = {"reservation": RrpPolicy(mode="cost")}
    found = priced(line(kind="reservation"), line(kind="seat"), policy=policy)
    assert [one["rrp_basis"] for one in found] == ["policy", "none"]


def test_a_refund_follows_the_lines_that_it_reverses() -> None:
    found = priced(
        line(kind="reservation", cost="-50", reference_id="r-1"),
        line(kind="reservation", cost="60", reference_id="r-1", stated_rrp="75"),
        line(kind="reservation", cost="40", reference_id="r-1", stated_rrp="50"),
        line(kind="reservation", cost="-9", reference_id="r-2"),
    )
    assert found[0]["rrp_basis"] == "ratio"
    assert Decimal(found[0]["rrp"]) == Decimal("-62.5")
    assert found[3]["rrp_basis"] == "none"


def test_a_full_refund_leaves_exactly_nothing() -> None:
    found = price_batch(
        batch(
            line(cost="85.37", reference_id="r", pec_percent="15"),
            line(kind="seat", cost="-85.37", reference_id="r"),
        ),
        book(entry(percent="13.7")),
    )
    assert [one["rrp_basis"] for one in found.lines] == ["pec", "ratio"]
    assert (found.rrp, found.sell) == (Decimal(0), Decimal(0))


def test_a_refund_of_partly_unknown_lines_is_unknown() -> None:
    found = priced(
        line(kind="seat", cost="-50", reference_id="r"),
        line(kind="seat", cost="60", reference_id="r", stated_rrp="75"),
        line(kind="seat", cost="40", reference_id="r"),
    )
    assert found[0]["rrp_basis"] == "none"


def test_another_tenants_profile_is_never_used() -> None:
    assignments = {("somebody-else", None): "gold"}
    profiles = {"std": {"AZ-VM": entry()}, "gold": {"AZ-VM": entry(percent="50")}}
    found = priced(line(stated_rrp="1"), assignments=assignments, profiles=profiles)
    assert found[0]["sell"] == "1"


def test_a_missing_cent_is_found() -> None:
    whole = batch(line(cost="0.10"), line(cost="0.20"))
    assert cost_difference(whole) == 0
    assert cost_difference(batch(line(cost="0.10"), cost="0.11")) == Decimal("-0.01")


# -- properties ----------------------------------------------------------------------------------

amounts = st.decimals(
    min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=12
).map(lambda value: format(value, "f"))
prices = st.decimals(min_value=0, max_value=10**6, places=9).map(lambda value: format(value, "f"))
percents = st.decimals(min_value=-100, max_value=1000, places=4).map(str)
lines = st.builds(
    lambda optional, **fields: line(**fields, **optional),
    kind=st.sampled_from(["consumption", "seat", "reservation", "credit", "marketplace", "tax"]),
    vendor_item=st.sampled_from(["AZ-VM", "AZ-DISK", "AZ-NONE"]),
    cost=amounts,
    optional=st.fixed_dictionaries(
        {},
        optional={
            "stated_rrp": amounts,
            "retail_cost": amounts,
            "pec_percent": st.sampled_from(["0", "15", "33.3", "100"]),
            "list_unit_price": prices,
            "effective_unit_price": prices,
            "quantity": prices,
            "prorated": st.booleans(),
            "reference_id": st.sampled_from(["r-1", "r-2", "r-3"]),
            "credit_reason": st.sampled_from(["", "SLA"]),
        },
    ),
)
batches = st.lists(lines, min_size=1, max_size=25)


@given(batches)
def test_at_zero_percent_sell_is_rrp_to_the_last_digit(rows: list[dict[str, Any]]) -> None:
    for found in price_batch(batch(*rows), book(entry(), entry("AZ-DISK"))).lines:
        if "sell" in found:
            assert found["sell"] == found["rrp"]


@given(batches, percents, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_price(
    rows: list[dict[str, Any]], percent: str, order: random.Random
) -> None:
    shuffled = list(enumerate(rows))
    order.shuffle(shuffled)
    prices = book(entry(percent=percent), entry("AZ-DISK", "7.25"))
    straight = price_batch(batch(*rows), prices)
    mixed = price_batch(batch(*(row for _, row in shuffled)), prices)
    assert mixed.lines == [straight.lines[place] for place, _ in shuffled]
    assert (mixed.rrp, mixed.sell) == (straight.rrp, straight.sell)


@given(batches, percents)
def test_sums_lose_no_digit(rows: list[dict[str, Any]], percent: str) -> None:
    found = price_batch(batch(*rows), book(entry(percent=percent), entry("AZ-DISK", "7.25")))
    assert found.rrp == add(Decimal(one["rrp"]) for one in found.lines if "rrp" in one)
    assert found.sell == add(Decimal(one["sell"]) for one in found.lines if "sell" in one)


@given(batches, percents)
def test_sell_is_rrp_times_the_factor_within_half_of_the_twentieth_place(
    rows: list[dict[str, Any]], percent: str
) -> None:
    factor = add((Decimal(1), divide(Decimal(percent), Decimal(100))))
    for found in price_batch(batch(*rows), book(entry(percent=percent))).lines:
        if "sell" in found:
            exact = multiply(Decimal(found["rrp"]), factor)
            assert Decimal(found["sell"]) == quantise(exact)


@given(batches)
def test_derived_rrp_never_turns_a_credit_into_a_charge(rows: list[dict[str, Any]]) -> None:
    plain = [
        {name: value for name, value in row.items() if name not in ("stated_rrp", "retail_cost")}
        for row in rows
    ]
    found = price_batch(batch(*plain), book(entry())).lines
    for row, price in zip(plain, found, strict=True):
        if "rrp" in price:
            assert Decimal(price["rrp"]) * Decimal(row["cost"]) >= 0
