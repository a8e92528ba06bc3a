"""Lines of a batch, packed: every one comes out as it went in, and the wanted ones are found."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.breakdown_query import GroupBy, GroupLines
from syncline_mapping.domain.packed import Packed, Wanted

from tests.unit.mapping.samples import breakdown_line as line

THINGS: list[dict[str, Any]] = [
    {"resource_group": "rg-a"},
    {"resource_group": "rg-a", "prorated": True},
    {"description": "B2s", "azure_subscription_name": "Main"},
]


def wanted(**fields: Any) -> Wanted:
    query = GroupLines(partner_id="p-1", invoice_key="k" * 16, tenant_id="t", by="day", **fields)
    return Wanted.of(query)


@given(st.lists(st.tuples(st.sampled_from(THINGS), st.integers(-3, 3), st.integers(1, 5))))
def test_a_line_comes_out_as_it_went_in(
    lines: list[tuple[dict[str, Any], int, int]],
) -> None:
    made = [
        line(row, f"{cost}.10", usage_date=f"2026-10-0{day}", quantity="24", **thing)
        for row, (thing, cost, day) in enumerate(lines, 1)
    ]
    packed = Packed(deepcopy(made)[::-1])
    assert packed.numbers(wanted()) == list(range(len(made)))
    assert packed.lines(list(range(len(made)))) == made


@pytest.mark.parametrize(
    ("fields", "is_there"),
    [
        ({}, True),
        ({"vendor_item": "AZ-CONS"}, True),
        ({"vendor_item": "AZ-RI"}, False),
        ({"vendor_item": "AZ-RI", "within": {"vendor_item": "AZ-CONS"}}, False),
        ({"text": " VM-prod "}, True),
        ({"text": "21.39"}, False),  # amounts are not searched
        ({"text": "2026-10"}, True),
        ({"text": "2026-11"}, False),
        ({"text": "new rg"}, False),  # no text reaches from one field into the next
        ({"within": {"resource_group": "rg-vm-prod"}}, True),
        ({"within": {"resource_group": "rg"}}, False),
        ({"within": {"subscription": ""}}, True),
        ({"within": {"meter": "B2s"}}, True),
        ({"within": {"subscription": "", "day": "2026-10-02"}}, False),
        ({"within": {"subscription": "", "day": "2026-10-01"}}, True),
    ],
)
def test_a_filter_finds_what_it_names(fields: dict[str, Any], is_there: bool) -> None:
    one = line(
        1, "21.39", resource_group="rg-vm-prod", product_name="B2s", charge_start="2026-10-01"
    )
    assert Packed([one]).numbers(wanted(**fields)) == ([0] if is_there else [])


def test_of_lines_that_differ_in_their_day_only_those_of_the_day_are_found() -> None:
    packed = Packed([line(day, "1", usage_date=f"2026-10-{day:02}") for day in range(1, 21)])
    assert packed.numbers(wanted(within={"day": "2026-10-03"})) == [2]
    assert packed.numbers(wanted(text="2026-10-1")) == list(range(9, 19))


def test_a_label_stands_beside_the_key_of_a_subscription() -> None:
    packed = Packed([line(1, "1", azure_subscription_id="a-1", azure_subscription_name="Main")])
    ((thing, _),) = packed.found(wanted())
    by: GroupBy = "subscription"
    assert (thing.keys[by], thing.labels[by]) == ("a-1", "Main")


def test_lines_of_one_thing_weigh_less_than_lines_of_many() -> None:
    alike = Packed([line(row, "1", usage_date="2026-10-01") for row in range(1, 100)])
    unlike = Packed([line(row, "1", sku=f"sku-{row}") for row in range(1, 100)])
    assert 0 < 2 * alike.weight < unlike.weight
