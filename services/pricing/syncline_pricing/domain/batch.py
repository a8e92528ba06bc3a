"""Pricing a batch of one tenant's lines; the result does not depend on their order."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, NotRequired

from pydantic import Field
from syncline_contracts.line import MAX_BATCH_LINES, LineBatchHead, RrpBasis
from syncline_contracts.money import ZERO, add, subtract, to_text
from syncline_contracts.profile import ProfileEntry
from typing_extensions import TypedDict

from syncline_pricing.domain.book import PriceBook
from syncline_pricing.domain.rrp import LineView, Ratio, Rrp, Terms, is_refund, raised, rrp_of


class BatchView(LineBatchHead):
    """What pricing reads of a published batch: the whole head, a few fields of each line."""

    lines: Annotated[list[LineView], Field(min_length=1, max_length=MAX_BATCH_LINES)]


class LinePrice(TypedDict):
    """What pricing adds to a line; see `syncline_contracts.line.PricedLine`."""

    rrp: NotRequired[str]
    rrp_basis: RrpBasis
    percent: NotRequired[str]
    sell: NotRequired[str]
    profile_id: NotRequired[str]
    product_id: NotRequired[str]
    psa_product_name: NotRequired[str]


@dataclass(frozen=True, slots=True)
class PricedBatch:
    """Prices in the order of the lines, and their exact sums."""

    lines: list[LinePrice]
    rrp: Decimal
    sell: Decimal


def cost_difference(batch: BatchView) -> Decimal:
    """By how much the lines' cost is off what the head says; zero when the batch is whole."""
    return subtract(add(Decimal(line["cost"]) for line in batch.lines), batch.cost)


def price_batch(batch: BatchView, book: PriceBook) -> PricedBatch:
    """Price every line. Amounts stay exact: what is computed has 20 places, nothing is rounded."""
    pricer = _Pricer(batch, book)
    found = _rrp_of_lines(batch, book)
    prices = [pricer.price(line, rrp) for line, rrp in zip(batch.lines, found, strict=True)]
    return PricedBatch(
        prices,
        rrp=add(rrp.amount for rrp in found if rrp.amount is not None),
        sell=add(pricer.sold),
    )


def _rrp_of_lines(batch: BatchView, book: PriceBook) -> list[Rrp]:
    """Refunds come last: they follow the ratio of what they reverse."""
    terms = {
        kind: Terms(batch.fx_rate, book.policy.get(kind))
        for kind in {line["kind"] for line in batch.lines}
    }
    found: dict[int, Rrp] = {}
    refunds: list[tuple[int, LineView, Decimal]] = []
    charged: dict[str, list[tuple[Decimal, Rrp]]] = defaultdict(list)
    for place, line in enumerate(batch.lines):
        cost = Decimal(line["cost"])
        if is_refund(line, cost):
            refunds.append((place, line, cost))
            continue
        rrp = found[place] = rrp_of(line, cost, terms[line["kind"]])
        reference = line.get("reference_id")
        if reference and cost > ZERO:
            charged[reference].append((cost, rrp))
    for place, line, cost in refunds:
        own = terms[line["kind"]]
        ratio = _ratio_of(charged.get(line.get("reference_id", ""), []))
        found[place] = rrp_of(line, cost, Terms(own.fx_rate, own.policy, ratio))
    return [found[place] for place in range(len(batch.lines))]


def _ratio_of(charged: list[tuple[Decimal, Rrp]]) -> Ratio | None:
    """Ratio over all that is reversed; unknown as long as one part of it is."""
    known = [(cost, rrp.amount) for cost, rrp in charged if rrp.amount is not None]
    if not known or len(known) < len(charged):
        return None
    return Ratio(rrp=add(rrp for _, rrp in known), cost=add(cost for cost, _ in known))


class _Pricer:
    """Prices the lines of one tenant; looks each vendor item up once."""

    def __init__(self, batch: BatchView, book: PriceBook) -> None:
        self._tenant_id = batch.tenant_id
        self._book = book
        self._entries: dict[str, tuple[str | None, ProfileEntry | None, str]] = {}
        self.sold: list[Decimal] = []

    def price(self, line: LineView, rrp: Rrp) -> LinePrice:
        """Price one line whose RRP is known, or known to be unknown."""
        price: LinePrice = {"rrp_basis": rrp.basis}
        if rrp.amount is not None:
            price["rrp"] = to_text(rrp.amount)
        if line["kind"] == "tax":
            return price
        profile_id, entry, percent = self._entry(line["vendor_item"])
        if profile_id is not None:
            price["profile_id"] = profile_id
        if entry is None:
            return price
        price["product_id"] = entry.product_id
        if entry.product_name:
            price["psa_product_name"] = entry.product_name
        price["percent"] = percent
        if rrp.amount is not None:
            sell = raised(rrp.amount, entry.percent_off_rrp)
            price["sell"] = price["rrp"] if sell is rrp.amount else to_text(sell)
            self.sold.append(sell)
        return price

    def _entry(self, vendor_item: str) -> tuple[str | None, ProfileEntry | None, str]:
        known = self._entries.get(vendor_item)
        if known is None:
            profile_id, entry = self._book.entry_for(self._tenant_id, vendor_item)
            percent = to_text(entry.percent_off_rrp) if entry else ""
            known = self._entries[vendor_item] = (profile_id, entry, percent)
        return known
