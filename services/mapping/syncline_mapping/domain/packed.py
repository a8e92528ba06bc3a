"""Lines of one batch, packed to be looked through often: what many of them share is kept once.

A resource costs something day after day: its lines differ in their date and amounts alone.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from itertools import chain
from sys import intern
from typing import Any

import orjson
from syncline_contracts.breakdown_query import GroupBy, LinesQuery, OrderBy
from syncline_contracts.money import EXACT, ZERO

Line = Mapping[str, Any]
OWN = (
    *("row", "usage_date", "charge_start", "charge_end_inclusive", "quantity"),
    *("effective_unit_price", "cost", "tax", "stated_rrp", "retail_cost", "rrp", "sell"),
)
"""Fields in which lines of one thing differ."""
SEARCHED = (
    *("vendor_item", "charge_type", "product_name", "description", "sku", "order_id"),
    *("azure_subscription_name", "azure_subscription_id", "subscription_id", "resource_group"),
    *("resource_id", "reference_id", "publisher"),
)
"""Beside the day."""
KEYS: dict[GroupBy, tuple[str, ...]] = {
    "vendor_item": ("vendor_item",),
    "subscription": ("azure_subscription_id", "subscription_id"),
    "resource_group": ("resource_group",),
    "meter": ("description", "product_name"),
}
"""Fields that say to which group a thing belongs, the most telling first; a day is the line's."""
LABELS: dict[GroupBy, str] = {"subscription": "azure_subscription_name"}
_BETWEEN = "\x1f"
_LINE, _THING = 280, 1_500
"""Bytes beside the text: decimals, lists, dictionaries."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for."""

    text: str
    day: str | None
    groups: Mapping[GroupBy, str]

    @classmethod
    def of(cls, query: LinesQuery[Any]) -> "Wanted":
        """As a query says."""
        groups = dict(query.within)
        day = groups.pop("day", None)
        item = query.vendor_item
        if item is not None and groups.setdefault("vendor_item", item) != item:
            groups["vendor_item"] = _BETWEEN  # two at once: none has it
        return cls(query.text.strip().casefold(), day, groups)


@dataclass(slots=True)
class Thing:
    """What some lines of a batch have in common."""

    shared: bytes
    """Their common fields, as JSON."""
    keys: dict[GroupBy, str]
    labels: dict[GroupBy, str]
    """Where they are not the keys."""
    searched: str
    at: list[int] = field(default_factory=list)
    cost: Decimal = ZERO
    sell: Decimal = ZERO
    """Of the lines that have a price."""


class Packed:
    """The lines of a batch, in document order."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        """Pack; `lines` are used up."""
        things: dict[bytes, Thing] = {}
        own_of_all: list[list[Any]] = []
        self._of: list[Thing] = []
        self.days: list[str] = []
        self.costs: list[Decimal] = []
        self.sells: list[Decimal] = []
        lines = sorted(lines, key=lambda line: int(line["row"]))
        for number, line in enumerate(lines):
            own = [line.pop(name, None) for name in OWN]
            shared = orjson.dumps(line)
            thing = things.get(shared)
            if thing is None:
                shared = memoryview(shared).tobytes()  # orjson's own keep kilobytes of buffer
                thing = things[shared] = _thing(shared, line)
            thing.at.append(number)
            self._of.append(thing)
            own_of_all.append(own)
            self.days.append(intern(own[1] or own[2] or ""))
            self.costs.append(Decimal(own[6]))
            self.sells.append(Decimal(own[11]) if own[11] else ZERO)
        self._things = tuple(things.values())
        self._own = zlib.compress(orjson.dumps(own_of_all), 1)
        with localcontext(EXACT):
            for thing in self._things:
                thing.cost, thing.sell = self.sums(thing.at)

    @property
    def weight(self) -> int:
        """Bytes of memory, about."""
        things = sum(len(one.shared) + len(one.searched) for one in self._things)
        return things + len(self._own) + _LINE * len(self._of) + _THING * len(self._things)

    def numbers(self, wanted: Wanted) -> list[int]:
        """Those of the wanted lines, in document order."""
        return sorted(chain.from_iterable(at for _, at in self.found(wanted)))

    def lines(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Lines as they came, in this order."""
        own_of_all = orjson.loads(zlib.decompress(self._own)) if numbers else []
        found = []
        for number in numbers:
            own = zip(OWN, own_of_all[number], strict=True)
            shared: dict[str, Any] = orjson.loads(self._of[number].shared)
            found.append(shared | {name: value for name, value in own if value is not None})
        return found

    def found(self, wanted: Wanted) -> Iterator[tuple[Thing, Sequence[int]]]:
        """Things with the numbers of those of their lines that are wanted, if there are any."""
        text, day = wanted.text, wanted.day
        days = {one for one in set(self.days) if text in one} if text else set()
        for thing in self._things:
            if any(thing.keys[by] != key for by, key in wanted.groups.items()):
                continue
            at = thing.at
            if text and text not in thing.searched:
                at = [number for number in at if self.days[number] in days] if days else []
            if day is not None:
                at = [number for number in at if self.days[number] == day]
            if at:
                yield thing, at

    def values(self, by: OrderBy) -> Sequence[Any]:
        """What the lines are ordered by, each in its place; what is absent counts as none."""
        match by:
            case "day":
                return self.days
            case "cost":
                return self.costs
            case "sell":
                return self.sells
            case "quantity" | "rrp":
                at = OWN.index(by)
                own_of_all = orjson.loads(zlib.decompress(self._own))
                return [Decimal(own[at] or 0) for own in own_of_all]
            case "percent":
                return self._of_things(lambda one: Decimal(orjson.loads(one.shared).get(by) or 0))
            case _:
                return self._of_things(lambda one: one.labels.get(by, one.keys[by]).casefold())

    def _of_things(self, value: Callable[[Thing], Any]) -> list[Any]:
        found = {id(one): value(one) for one in self._things}
        return [found[id(one)] for one in self._of]

    def sums(self, at: Sequence[int]) -> tuple[Decimal, Decimal]:
        """Cost and sell of these lines, in the caller's context."""
        costs, sells = self.costs, self.sells
        return sum([costs[n] for n in at], ZERO), sum([sells[n] for n in at], ZERO)


def _thing(shared: bytes, line: Line) -> Thing:
    keys = {
        by: intern(next((str(line[name]) for name in names if line.get(name)), ""))
        for by, names in KEYS.items()
    }
    labels = {by: intern(str(line.get(name, "") or keys[by])) for by, name in LABELS.items()}
    searched = _BETWEEN.join([str(line[name]) for name in SEARCHED if line.get(name)])
    return Thing(shared, keys, labels, searched.casefold())
