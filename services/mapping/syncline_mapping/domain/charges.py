"""Charges of a tenant: lines grouped by vendor item, added exactly, sell rounded once.

A vendor item whose cost, RRP and sell are all zero (a free meter, a charge with its full refund)
yields no charge: there is nothing to bill, and its lines still count. Tax never becomes a charge.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from syncline_contracts.charge import Charge
from syncline_contracts.money import add, round_minor, shortest, subtract

from syncline_mapping.domain.summary import ItemSum, Summary

KIND_WORDS = {
    "consumption": "Azure consumption",
    "reservation": "Azure reservations",
    "savings_plan": "Azure savings plans",
    "seat": "Microsoft seats",
    "software_subscription": "Software subscriptions",
    "perpetual_software": "Perpetual software",
    "marketplace": "Marketplace",
    "credit": "Credits",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over charges; `residual` is what rounding left."""

    cost: Decimal
    rrp: Decimal
    sell_exact: Decimal
    sell: Decimal
    residual: Decimal


def is_zero(item: ItemSum) -> bool:
    """Tell whether an item has nothing to bill. An item with an unknown RRP might have."""
    known = item.without_rrp.lines == 0
    return known and item.cost.is_zero() and item.rrp.is_zero() and item.sell.is_zero()


def is_priced(item: ItemSum) -> bool:
    """Tell whether RRP and sell of every line of an item are known."""
    return item.without_rrp.lines == 0 and item.without_entry == 0


def charges_of(
    summary: Summary, currency: str, agreements: dict[str, str] | None = None
) -> tuple[Charge, ...]:
    """Charges by vendor item; those that cannot be priced yet are left out (and held)."""
    where = agreements or {}
    return tuple(
        _charge(item, currency, where.get(name))
        for name, item in sorted(summary.items.items())
        if not is_zero(item) and is_priced(item)
    )


def _charge(item: ItemSum, currency: str, agreement_id: str | None) -> Charge:
    profile_id, product_id, percent = item.entries[0]
    sell = round_minor(item.sell, currency)
    return Charge(
        vendor_item=item.vendor_item,
        description=_description(item),
        product_id=product_id,
        profile_id=profile_id,
        percent=Decimal(percent),
        lines=item.lines,
        cost=item.cost,
        rrp=item.rrp,
        sell_exact=item.sell,
        sell=sell,
        residual=subtract(item.sell, sell),
        agreement_id=agreement_id,
    )


def _description(item: ItemSum) -> str:
    if len(item.names) == 1 and item.names[0]:
        return item.names[0]
    if len(item.kinds) == 1:
        return KIND_WORDS.get(item.kinds[0], item.vendor_item)
    return item.vendor_item


def totals(charges: Iterable[Charge]) -> Totals:
    """Add charges up."""
    all_of_them = list(charges)
    return Totals(
        add(one.cost for one in all_of_them),
        add(one.rrp for one in all_of_them),
        add(one.sell_exact for one in all_of_them),
        add(one.sell for one in all_of_them),
        add(one.residual for one in all_of_them),
    )


def digest(charges: Iterable[Charge], *about: str | None) -> str:
    """Hash of what would be billed; equal amounts are equal however they were written."""
    rows = [
        {name: shortest(value) if isinstance(value, Decimal) else value for name, value in charge}
        for charge in charges
    ]
    text = json.dumps([about, rows], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
