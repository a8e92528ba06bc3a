"""Lines behind a charge: what the wanted ones have in common, and in which order; pure."""

import heapq
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, localcontext

from syncline_contracts.breakdown_query import GroupBy, LineGroup, LineGroups, SortBy
from syncline_contracts.money import EXACT, ZERO, to_text

from syncline_mapping.domain.packed import Packed, Wanted

Place = tuple[int, int]
"""Number of the batch, number within."""


@dataclass(slots=True)
class _Sum:
    label: str
    lines: int = 0
    cost: Decimal = ZERO
    sell: Decimal = ZERO


class Groups:
    """Exact sums of the wanted lines by group and, where that is asked for, by day as well."""

    def __init__(self, by: GroupBy, *, with_days: bool = False) -> None:
        self._by = by
        self._sums: dict[str, _Sum] = {}
        self._days: dict[str, _Sum] | None = {} if with_days or by == "day" else None

    def add(self, batch: Packed, wanted: Wanted) -> None:
        """Count the wanted lines of a batch in."""
        by_day: dict[str, list[int]] = defaultdict(list)
        with localcontext(EXACT):
            for thing, at in batch.found(wanted):
                if self._days is not None:
                    for number in at:
                        by_day[batch.days[number]].append(number)
                if self._by == "day":
                    continue
                key = thing.keys[self._by]
                label = thing.labels.get(self._by, key)
                whole = len(at) == len(thing.at)
                cost, sell = (thing.cost, thing.sell) if whole else batch.sums(at)
                _count(self._sums, key, label, len(at), cost, sell)
            if self._days is not None:
                for day, at in by_day.items():
                    _count(self._days, day, day, len(at), *batch.sums(at))

    def answer(self) -> LineGroups:
        """The sums, in the order of the contract."""
        by_cost = sorted(self._sums.items(), key=lambda group: (-abs(group[1].cost), group[0]))
        days = _told(sorted((self._days or {}).items()))
        groups = days if self._by == "day" else _told(by_cost)
        sums = (self._days or {}) if self._by == "day" else self._sums
        with localcontext(EXACT):
            return LineGroups(
                groups=groups,
                lines=sum(one.lines for one in sums.values()),
                cost=to_text(sum([one.cost for one in sums.values()], ZERO)),
                sell=to_text(sum([one.sell for one in sums.values()], ZERO)),
                days=days,
            )


def _count(
    sums: dict[str, _Sum], key: str, label: str, lines: int, cost: Decimal, sell: Decimal
) -> None:
    one = sums.get(key)
    if one is None:
        one = sums[key] = _Sum(label)
    one.lines += lines
    one.cost += cost
    one.sell += sell


def _told(groups: list[tuple[str, _Sum]]) -> tuple[LineGroup, ...]:
    return tuple(
        LineGroup(
            key=key,
            label=one.label,
            lines=one.lines,
            cost=to_text(one.cost),
            sell=to_text(one.sell),
        )
        for key, one in groups
    )


class Largest:
    """Where the `most` lines are that come first by an amount; the first in the document of equals.

    No more than these are kept in memory.
    """

    def __init__(self, sort: SortBy, most: int) -> None:
        self._sort = sort
        self._most = most
        self._heap: list[tuple[Decimal, int, int]] = []

    def add(self, number: int, batch: Packed, wanted: Wanted) -> None:
        """Look at the wanted lines of a batch."""
        amounts = batch.costs if self._sort == "cost" else batch.sells
        heap, most = self._heap, self._most
        for _, at in batch.found(wanted):
            for line in at:
                amount = amounts[line]
                if len(heap) < most:
                    heapq.heappush(heap, (amount, -number, -line))
                elif amount >= heap[0][0]:
                    heapq.heappushpop(heap, (amount, -number, -line))

    def answer(self) -> list[Place]:
        """They, the largest first."""
        return [(-number, -line) for _, number, line in sorted(self._heap, reverse=True)]
