"""Lines behind a charge: filtered, grouped and sorted, with exact sums."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.breakdown_query import GroupBy, GroupLines
from syncline_mapping.domain.breakdown import Groups, Largest, group_of, is_wanted


def line(row: int, cost: str, **fields: Any) -> dict[str, Any]:
    return {"row": row, "vendor_item": "AZ-CONS", "cost": cost, "charge_type": "new", **fields}


def wanted(**fields: Any) -> GroupLines:
    return GroupLines(partner_id="p-1", invoice_key="k" * 16, tenant_id="t", by="day", **fields)


@pytest.mark.parametrize(
    ("fields", "is_there"),
    [
        ({}, True),
        ({"vendor_item": "AZ-CONS"}, True),
        ({"vendor_item": "AZ-RI"}, False),
        ({"text": " VM-prod "}, True),
        ({"text": "21.39"}, False),  # amounts are not searched
        ({"within": {"resource_group": "rg-vm-prod"}}, True),
        ({"within": {"resource_group": "rg"}}, False),
        ({"within": {"subscription": ""}}, True),
        ({"within": {"subscription": "", "day": "2026-10-01"}}, False),
    ],
)
def test_a_filter_finds_what_it_names(fields: dict[str, Any], is_there: bool) -> None:
    one = line(1, "21.39", resource_group="rg-vm-prod")
    assert is_wanted(one, wanted(**fields)) is is_there


def test_groups_have_exact_sums_and_the_largest_first() -> None:
    groups = Groups("subscription")
    for number, cost, of in ((1, "0.1", "a"), (2, "0.2", "a"), (3, "-5", "b"), (4, "0.01", "")):
        named = {"azure_subscription_name": of.upper()} if of else {}
        groups.add(line(number, cost, sell="1", subscription_id=of, **named))
    answer = groups.answer()
    assert [(one.key, one.label, one.lines, one.cost) for one in answer.groups] == [
        ("b", "B", 1, "-5"),
        ("a", "A", 2, "0.3"),
        ("", "", 1, "0.01"),
    ]
    assert (answer.lines, answer.cost, answer.sell) == (4, "-4.69", "4")


def test_days_come_in_their_order() -> None:
    groups = Groups("day")
    for day, cost in (("2026-10-02", "1"), ("2026-10-01", "9"), ("2026-10-03", "5")):
        groups.add(line(1, cost, usage_date=day))
    assert [one.key for one in groups.answer().groups] == ["2026-10-01", "2026-10-02", "2026-10-03"]


@pytest.mark.parametrize(
    ("by", "key"),
    [("vendor_item", "AZ-CONS"), ("meter", "B2s"), ("day", "2026-10-01"), ("resource_group", "")],
)
def test_a_line_says_to_which_group_it_belongs(by: GroupBy, key: str) -> None:
    assert group_of(line(1, "1", product_name="B2s", charge_start="2026-10-01"), by) == key


@given(st.lists(st.decimals(-99, 99, places=2), max_size=40), st.integers(1, 45))
def test_the_largest_are_those_that_a_whole_sort_puts_first(
    costs: list[Decimal], most: int
) -> None:
    lines = [line(number, str(cost)) for number, cost in enumerate(costs, 1)]
    largest = Largest("cost", most)
    largest.add(lines)
    ordered = sorted(lines, key=lambda one: (-Decimal(one["cost"]), one["row"]))
    assert largest.answer() == ordered[:most]
