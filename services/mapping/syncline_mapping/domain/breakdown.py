"""Lines behind a charge: what the wanted ones have in common, and in which order; pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from syncline_contracts.breakdown_query import GroupBy, LineGroup, LineGroups
from syncline_contracts.money import EXACT, ZERO, to_text

from syncline_mapping.domain.packed import Packed, Wanted

Place = tuple[int, int]
"""Number of the batch, number within."""
Spot = tuple[Any, Place]
"""What a line is ordered by, and where it is."""


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


class First:
    """Which wanted lines come first in an order, after a place in it; of equals the first here.

    No more than `most` and those of one batch are kept in memory.
    """

    def __init__(self, most: int, *, descending: bool, after: Spot | None = None) -> None:
        self._most = most
        self._descending = descending
        self._after = after
        self._found: list[Spot] = []

    def add(self, number: int, values: Sequence[Any], batch: Packed, wanted: Wanted) -> None:
        """Look at the wanted lines of a batch; `values` are what they are ordered by."""
        last = self._found[-1] if len(self._found) == self._most else None
        for line in batch.numbers(wanted):
            spot = (values[line], (number, line))
            if self._is_before(spot, last) and not self._is_before(spot, self._after, orelse=False):
                self._found.append(spot)
        self._found.sort(key=lambda spot: spot[1])
        self._found.sort(key=lambda spot: spot[0], reverse=self._descending)
        del self._found[self._most :]

    def answer(self) -> list[Spot]:
        """They, in their order."""
        return self._found

    def _is_before(self, one: Spot, other: Spot | None, *, orelse: bool = True) -> bool:
        """Tell whether it stands before the other, or is it."""
        if other is None:
            return orelse
        if one[0] != other[0]:
            return bool((one[0] > other[0]) is self._descending)
        return one[1] <= other[1]
