"""Summary of priced lines per vendor item: all that charges, holds and tie-out need of them.

Exact sums only, so summaries of batches can be merged in any order to the same result.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, NamedTuple, NotRequired

from pydantic import Field
from syncline_contracts.line import MAX_BATCH_LINES, LineBatchHead, LineKind
from syncline_contracts.money import ZERO, Amount, AmountText, add, subtract
from typing_extensions import TypedDict

TAX = "tax"
UNKNOWN = "unknown"


class LineView(TypedDict):
    """What mapping reads of a line; see `syncline_contracts.line.PricedLine`."""

    kind: LineKind
    vendor_item: str
    cost: AmountText
    rrp: NotRequired[AmountText]
    sell: NotRequired[AmountText]
    percent: NotRequired[AmountText]
    profile_id: NotRequired[str]
    product_id: NotRequired[str]
    product_name: NotRequired[str]


class BatchView(LineBatchHead):
    """What mapping reads of a priced batch: the head, a few fields of each line."""

    pricing_version: Annotated[int, Field(ge=0)]
    rrp: Amount
    sell: Amount
    lines: Annotated[list[LineView], Field(min_length=1, max_length=MAX_BATCH_LINES)]


class ValuedLine(NamedTuple):
    """A line and its amounts, each parsed once."""

    line: LineView
    cost: Decimal
    rrp: Decimal | None
    sell: Decimal | None


@dataclass(frozen=True, slots=True)
class KindSum:
    """Lines and exact cost of one line kind."""

    lines: int = 0
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ItemSum:
    """Lines of one vendor item, tax apart."""

    vendor_item: str
    lines: int
    cost: Decimal
    rrp: Decimal
    sell: Decimal
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    """At most two of the suppliers' product names: one is a description, two are none."""
    entries: tuple[tuple[str, str, str], ...]
    """(profile, product, percent): one, since one version of prices gives an item one entry."""
    without_rrp: KindSum = KindSum()
    without_entry: int = 0
    unknown: KindSum = KindSum()


@dataclass(frozen=True, slots=True)
class Summary:
    """Vendor items by name, and control totals by line kind, tax among them."""

    items: dict[str, ItemSum]
    kinds: dict[str, KindSum]


def valued(lines: Iterable[LineView]) -> list[ValuedLine]:
    """Parse what the lines amount to."""
    return [
        ValuedLine(
            line,
            Decimal(line["cost"]),
            Decimal(line["rrp"]) if "rrp" in line else None,
            Decimal(line["sell"]) if "sell" in line else None,
        )
        for line in lines
    ]


def difference(batch: BatchView, lines: Iterable[ValuedLine]) -> str:
    """What of the head the lines do not add up to, in words; empty when the batch is whole."""
    _, costs, rrps, sells = zip(*lines, strict=True)
    for name, stated, amounts in (
        ("cost", batch.cost, costs),
        ("rrp", batch.rrp, rrps),
        ("sell", batch.sell, sells),
    ):
        off = subtract(_known(amounts), stated)
        if not off.is_zero():
            return f"the lines' {name} differs from the batch's {stated} by {off}"
    return ""


def summarise(lines: Iterable[ValuedLine]) -> Summary:
    """Sum the lines up."""
    by_item: dict[str, list[ValuedLine]] = defaultdict(list)
    by_kind: dict[str, list[Decimal]] = defaultdict(list)
    for one in lines:
        by_kind[one.line["kind"]].append(one.cost)
        if one.line["kind"] != TAX:
            by_item[one.line["vendor_item"]].append(one)
    return Summary(
        {name: _item(name, group) for name, group in by_item.items()},
        {kind: KindSum(len(costs), add(costs)) for kind, costs in by_kind.items()},
    )


def _item(vendor_item: str, lines: list[ValuedLine]) -> ItemSum:
    entries = {
        (line.get("profile_id", ""), line["product_id"], line.get("percent", "0"))
        for line, *_ in lines
        if "product_id" in line
    }
    return ItemSum(
        vendor_item=vendor_item,
        lines=len(lines),
        cost=add(one.cost for one in lines),
        rrp=_known(one.rrp for one in lines),
        sell=_known(one.sell for one in lines),
        kinds=tuple(sorted({line["kind"] for line, *_ in lines})),
        names=tuple(sorted({line.get("product_name", "") for line, *_ in lines}))[:2],
        entries=tuple(sorted(entries)),
        without_rrp=_sum([one for one in lines if one.rrp is None]),
        without_entry=sum("product_id" not in line for line, *_ in lines),
        unknown=_sum([one for one in lines if one.line["kind"] == UNKNOWN]),
    )


def _known(amounts: Iterable[Decimal | None]) -> Decimal:
    return add(amount for amount in amounts if amount is not None)


def _sum(lines: list[ValuedLine]) -> KindSum:
    return KindSum(len(lines), add(one.cost for one in lines)) if lines else KindSum()


def merge(summaries: Iterable[Summary]) -> Summary:
    """Sum of several batches of one tenant; their order makes no difference."""
    items: dict[str, list[ItemSum]] = defaultdict(list)
    kinds: dict[str, list[KindSum]] = defaultdict(list)
    for summary in summaries:
        for name, item in summary.items.items():
            items[name].append(item)
        for kind, one in summary.kinds.items():
            kinds[kind].append(one)
    return Summary(
        {name: _merge_items(items[name]) for name in sorted(items)},
        {kind: _merge_kinds(kinds[kind]) for kind in sorted(kinds)},
    )


def _merge_kinds(parts: Iterable[KindSum]) -> KindSum:
    parts = list(parts)
    return KindSum(sum(one.lines for one in parts), add(one.cost for one in parts))


def _merge_items(parts: list[ItemSum]) -> ItemSum:
    return ItemSum(
        vendor_item=parts[0].vendor_item,
        lines=sum(one.lines for one in parts),
        cost=add(one.cost for one in parts),
        rrp=add(one.rrp for one in parts),
        sell=add(one.sell for one in parts),
        kinds=tuple(sorted({kind for one in parts for kind in one.kinds})),
        names=tuple(sorted({name for one in parts for name in one.names}))[:2],
        entries=tuple(sorted({entry for one in parts for entry in one.entries})),
        without_rrp=_merge_kinds(one.without_rrp for one in parts),
        without_entry=sum(one.without_entry for one in parts),
        unknown=_merge_kinds(one.unknown for one in parts),
    )
