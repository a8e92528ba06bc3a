"""Newer prices that come with a change of what is in the PSA, mostly a revision.

A revision is priced on its day; what it replaces was priced on another. What of the difference is
the prices' part follows from the charges: their RRP at the percentages of the last sync.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from syncline_contracts.charge import Charge
from syncline_contracts.money import add, quantise, raised, round_minor, shortest, subtract, to_text
from syncline_contracts.plan_query import NewerPrices

from syncline_mapping.domain.facts import Charged, Facts, Sold, Synced
from syncline_mapping.domain.state import psa_is_current

_NAMED = 3
"""Vendor items that are named; of more, the number is told."""
_POLICY = (
    "The RRP policy changed as well: what that does to lines without an RRP of their own is not in "
    "these amounts."
)


def sold(charges: Iterable[Charge]) -> tuple[Sold, ...]:
    """What is kept of charges so that later ones can be told apart from them."""
    return tuple(
        Sold(vendor_item=one.vendor_item, product_id=one.product_id, percent=one.percent)
        for one in charges
    )


def newer_prices(facts: Facts) -> NewerPrices | None:
    """What newer prices make of a tenant that is in the PSA; none where a person re-priced it."""
    synced, charged = facts.synced, facts.charge_set
    if synced is None or charged is None or facts.superseded or psa_is_current(facts):
        return None
    if synced.prices is None or facts.prices <= max(synced.prices, facts.prices_asked):
        return None
    former = {one.vendor_item: one for one in synced.sold}
    changes = _shortened([text for one in charged.charges if (text := _change(one, former))])
    if synced.prices < facts.rrp_policy:
        changes.append(_POLICY)
    if not changes:
        return None
    before = add(_sell_before(one, former, charged.currency) for one in charged.charges)
    return NewerPrices(
        synced_version=synced.prices,
        version=facts.prices,
        sell_before=to_text(before),
        sell=to_text(charged.sell),
        message=" ".join((_amounts(facts, synced, charged, before), *changes)),
    )


def _change(charge: Charge, former: Mapping[str, Sold]) -> str:
    """What became another price, in words; an item that is new has no former price."""
    was = former.get(charge.vendor_item)
    if was is None:
        return ""
    found = []
    if was.percent != charge.percent:
        found.append(
            f"Percentage Off RRP {shortest(was.percent)} %, now {shortest(charge.percent)} %"
        )
    if was.product_id != charge.product_id:
        found.append(f"product {was.product_id}, now {charge.product_id}")
    return f"{charge.vendor_item}: {'; '.join(found)}." if found else ""


def _sell_before(charge: Charge, former: Mapping[str, Sold], currency: str) -> Decimal:
    was = former.get(charge.vendor_item)
    if was is None or was.percent == charge.percent:
        return charge.sell
    return round_minor(quantise(raised(charge.rrp, was.percent)), currency)


def _amounts(facts: Facts, synced: Synced, charged: Charged, before: Decimal) -> str:
    by = subtract(charged.sell, before)
    how_much = f"{to_text(abs(by))} {'less' if by.is_signed() else 'more'}" if by else "the same"
    return (
        f"Prices changed since it was synced on {synced.at:%d %B %Y}: version {synced.prices}, now "
        f"{facts.prices}. At the percentages of then these charges would come to {to_text(before)} "
        f"{charged.currency}, and now to {to_text(charged.sell)}: {how_much}."
    )


def _shortened(changes: list[str]) -> list[str]:
    more = len(changes) - _NAMED
    return changes if more <= 1 else [*changes[:_NAMED], f"So do {more} more vendor items."]
