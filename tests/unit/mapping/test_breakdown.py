"""Lines behind a charge: grouped and sorted, with exact sums."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.breakdown_query import GroupBy, LineGroups, OrderBy
from syncline_mapping.domain.breakdown import First, Groups
from syncline_mapping.domain.packed import Packed, Wanted

from tests.unit.mapping.samples import breakdown_line as line

ALL = Wanted("", None, {})


def batches(lines: Sequence[dict[str, Any]], size: int) -> Iterator[Packed]:
    for start in range(0, len(lines), size):
        yield Packed([dict(line) for line in lines[start : start + size]])


def grouped(by: GroupBy, *lines: dict[str, Any], with_days: bool = False) -> LineGroups:
    groups = Groups(by, with_days=with_days)
    for batch in batches(lines, 2):
        groups.add(batch, ALL)
    return groups.answer()


def test_groups_have_exact_sums_and_the_largest_first() -> None:
    rows = ((1, "0.1", "a"), (2, "0.2", "a"), (3, "-5", "b"), (4, "0.01", ""))
    answer = grouped(
        "subscription",
        *(
            line(
                row,
                cost,
                sell="1",
                subscription_id=of,
                azure_subscription_name=of.upper(),
                usage_date=f"2026-10-0{row}",
            )
            for row, cost, of in rows
        ),
    )
    assert [(one.key, one.label, one.lines, one.cost) for one in answer.groups] == [
        ("b", "B", 1, "-5"),
        ("a", "A", 2, "0.3"),
        ("", "", 1, "0.01"),
    ]
    assert (answer.lines, answer.cost, answer.sell) == (4, "-4.69", "4")
    assert answer.days == ()


def test_days_come_in_their_order_and_beside_other_groups() -> None:
    lines = [
        line(row, cost, usage_date=day)
        for row, (day, cost) in enumerate(
            (("2026-10-02", "1"), ("2026-10-01", "9"), ("2026-10-03", "5"), ("2026-10-02", "2")), 1
        )
    ]
    by_day = grouped("day", *lines)
    assert [(one.key, one.cost) for one in by_day.groups] == [
        ("2026-10-01", "9"),
        ("2026-10-02", "3"),
        ("2026-10-03", "5"),
    ]
    assert (by_day.lines, by_day.cost) == (4, "17")
    beside = grouped("vendor_item", *lines, with_days=True)
    assert (beside.days, beside.cost) == (by_day.groups, "17")


def test_sums_of_a_filter_are_those_of_the_wanted_lines() -> None:
    batch = Packed([line(n, f"{n}.5", sell="1", usage_date=f"2026-10-{n:02}") for n in (1, 2, 3)])
    groups = Groups("vendor_item", with_days=True)
    groups.add(batch, Wanted("", "2026-10-02", {}))
    answer = groups.answer()
    assert (answer.lines, answer.cost, answer.sell) == (1, "2.5", "1")
    assert [one.key for one in answer.days] == ["2026-10-02"]


@given(st.lists(st.decimals(-9, 9, places=1), max_size=40), st.integers(1, 15), st.booleans())
def test_pages_of_an_order_are_a_whole_sort_without_gap_or_repetition(
    costs: list[Decimal], most: int, descending: bool
) -> None:
    lines = [line(row, str(cost), sku=str(row % 3)) for row, cost in enumerate(costs, 1)]
    ordered = sorted(lines, key=lambda one: Decimal(one["cost"]), reverse=descending)
    kept = dict(enumerate(batches(lines, 7)))
    found: list[dict[str, Any]] = []
    after = None
    while True:
        first = First(most, descending=descending, after=after)
        for number, batch in kept.items():
            first.add(number, batch.values("cost"), batch, ALL)
        page = first.answer()
        if not page:
            break
        found += [kept[number].lines([at])[0] for _, (number, at) in page]
        after = page[-1]
    assert found == ordered


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("cost", [2, 3, 1]),
        ("sell", [3, 1, 2]),
        ("quantity", [1, 3, 2]),
        ("rrp", [2, 3, 1]),
        ("percent", [3, 1, 2]),
        ("day", [3, 1, 2]),
        ("vendor_item", [2, 1, 3]),
        ("subscription", [2, 3, 1]),
        ("resource_group", [1, 3, 2]),
        ("meter", [3, 2, 1]),
    ],
)
def test_every_column_orders_the_lines(by: OrderBy, rows: list[int]) -> None:
    fields = {
        1: {"sell": "5", "quantity": "1", "rrp": "9", "percent": "0", "usage_date": "2026-10-02"},
        2: {
            "sell": "7",
            "quantity": "10",
            "rrp": "-1",
            "percent": "10",
            "usage_date": "2026-10-03",
        },
        3: {"quantity": "9", "rrp": "8.5", "percent": "-5", "usage_date": "2026-10-01"},
    }
    names = {
        1: ("b", "s-1", "Zoo", "", "c"),
        2: ("A", "s-2", "alpha", "rg2", "B"),
        3: ("c", "s-3", "Beta", "RG1", "a"),
    }
    lines = []
    for row, cost in ((1, "3"), (2, "1"), (3, "2")):
        item, key, label, group, meter = names[row]
        lines.append(
            line(
                row,
                cost,
                vendor_item=item,
                azure_subscription_id=key,
                azure_subscription_name=label,
                resource_group=group,
                description=meter,
                **fields[row],
            )
        )
    batch, first = Packed(lines), First(9, descending=False)
    first.add(0, batch.values(by), batch, ALL)
    assert [at + 1 for _, (_, at) in first.answer()] == rows
