"""Lines behind a charge: grouped and sorted, with exact sums."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.breakdown_query import GroupBy, LineGroups
from syncline_mapping.domain.breakdown import Groups, Largest
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


@given(st.lists(st.decimals(-9, 9, places=1), max_size=40), st.integers(1, 45))
def test_the_largest_are_those_that_a_whole_sort_puts_first(
    costs: list[Decimal], most: int
) -> None:
    lines = [line(row, str(cost), sku=str(row % 3)) for row, cost in enumerate(costs, 1)]
    ordered = sorted(lines, key=lambda one: (-Decimal(one["cost"]), one["row"]))
    largest, kept = Largest("cost", most), {}
    for number, batch in enumerate(batches(lines, 7)):
        kept[number] = batch
        largest.add(number, batch, ALL)
    found = [kept[number].lines([at])[0] for number, at in largest.answer()]
    assert found == ordered[:most]
