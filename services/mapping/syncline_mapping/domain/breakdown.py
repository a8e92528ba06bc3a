"""Lines behind a charge: which are wanted, what they have in common, in which order; pure."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from syncline_contracts.breakdown_query import GroupBy, LineGroup, LineGroups, LinesQuery, SortBy
from syncline_contracts.money import ZERO, add, to_text

Line = Mapping[str, Any]
SEARCHED = (
    *("vendor_item", "charge_type", "product_name", "description", "sku", "order_id"),
    *("azure_subscription_name", "azure_subscription_id", "subscription_id", "resource_group"),
    *("resource_id", "reference_id", "publisher", "usage_date"),
)
KEYS: dict[GroupBy, tuple[str, ...]] = {
    "vendor_item": ("vendor_item",),
    "subscription": ("azure_subscription_id", "subscription_id"),
    "resource_group": ("resource_group",),
    "meter": ("description", "product_name"),
    "day": ("usage_date", "charge_start"),
}
"""Fields that say to which group a line belongs, the most telling first."""
LABELS: dict[GroupBy, str] = {"subscription": "azure_subscription_name"}


def group_of(line: Line, by: GroupBy) -> str:
    """Key of the group that a line belongs to; empty where it does not say."""
    return next((str(line[name]) for name in KEYS[by] if line.get(name)), "")


def is_wanted(line: Line, query: LinesQuery[Any]) -> bool:
    """Tell whether a line is one of those that are asked for."""
    if query.vendor_item is not None and line["vendor_item"] != query.vendor_item:
        return False
    if any(group_of(line, by) != key for by, key in query.within.items()):
        return False
    text = query.text.strip().casefold()
    return not text or any(text in str(line.get(name, "")).casefold() for name in SEARCHED)


@dataclass(slots=True)
class _Sum:
    label: str
    lines: int = 0
    cost: Decimal = ZERO
    sell: Decimal = ZERO


class Groups:
    """Exact sums by group."""

    def __init__(self, by: GroupBy) -> None:
        self._by = by
        self._sums: dict[str, _Sum] = {}

    def add(self, line: Line) -> None:
        """Count a line in."""
        key = group_of(line, self._by)
        found = self._sums.get(key)
        if found is None:
            label = str(line.get(LABELS.get(self._by, ""), "") or key)
            found = self._sums[key] = _Sum(label)
        found.lines += 1
        found.cost = add((found.cost, Decimal(line["cost"])))
        found.sell = add((found.sell, Decimal(line.get("sell", 0))))

    def answer(self) -> LineGroups:
        """The sums, in the order of the contract."""
        groups = sorted(self._sums.items(), key=self._place)
        return LineGroups(
            groups=tuple(
                LineGroup(
                    key=key,
                    label=one.label,
                    lines=one.lines,
                    cost=to_text(one.cost),
                    sell=to_text(one.sell),
                )
                for key, one in groups
            ),
            lines=sum(one.lines for _, one in groups),
            cost=to_text(add(one.cost for _, one in groups)),
            sell=to_text(add(one.sell for _, one in groups)),
        )

    def _place(self, group: tuple[str, _Sum]) -> tuple[Decimal, str]:
        key, one = group
        return (ZERO if self._by == "day" else -abs(one.cost)), key


class Largest:
    """The `most` lines that come first by an amount; never more than these in memory."""

    def __init__(self, sort: SortBy, most: int) -> None:
        self._sort = sort
        self._most = most
        self._heap: list[tuple[Decimal, int, Line]] = []

    def add(self, lines: Iterable[Line]) -> None:
        """Look at more lines."""
        for line in lines:
            entry = (Decimal(line.get(self._sort) or ZERO), -int(line["row"]), line)
            if len(self._heap) < self._most:
                heapq.heappush(self._heap, entry)
            elif entry[:2] > self._heap[0][:2]:
                heapq.heapreplace(self._heap, entry)

    def answer(self) -> list[Line]:
        """They, the largest first."""
        ordered = sorted(self._heap, key=lambda entry: entry[:2], reverse=True)
        return [line for _, _, line in ordered]
