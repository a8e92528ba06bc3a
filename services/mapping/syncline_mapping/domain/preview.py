"""What other prices would make of a tenant's charges: the same sums, sold by other entries.

RRP does not depend on prices that people set, so the sums of each vendor item are enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from syncline_contracts.charge import Charge
from syncline_contracts.money import ZERO, add, quantise, raised, to_text
from syncline_contracts.pricing_query import Profiles
from syncline_contracts.profile import ProfileEntry, profile_for

from syncline_mapping.domain import charges as charging
from syncline_mapping.domain.facts import Facts
from syncline_mapping.domain.state import SYNCING, derive
from syncline_mapping.domain.summary import ItemSum, Summary

_KEPT = SYNCING | {"reversed", "drifted"}


@dataclass(frozen=True, slots=True)
class PriceList:
    """Profiles and who uses which."""

    profiles: Mapping[str, Mapping[str, ProfileEntry]]
    default: str | None
    assignments: Mapping[tuple[str, str | None], str]

    @classmethod
    def of(cls, prices: Profiles) -> "PriceList":
        """The list as it was told."""
        return cls(
            {
                one.profile_id: {entry.vendor_item: entry for entry in one.settings.entries}
                for one in prices.profiles
            },
            next((one.profile_id for one in prices.profiles if one.is_default), None),
            {(one.tenant_id, one.vendor_item): one.profile_id for one in prices.assignments},
        )

    def sold(self, tenant_id: str, summary: Summary) -> Summary:
        """The same lines at these prices."""
        items = {name: self._sold(tenant_id, item) for name, item in summary.items.items()}
        return replace(summary, items=items)

    def _sold(self, tenant_id: str, item: ItemSum) -> ItemSum:
        profile_id = profile_for(self.assignments, self.default, tenant_id, item.vendor_item)
        entry = self.profiles.get(profile_id or "", {}).get(item.vendor_item)
        if profile_id is None or entry is None:
            return replace(item, sell=ZERO, entries=(), without_entry=item.lines)
        percent = entry.percent_off_rrp
        return replace(
            item,
            sell=quantise(raised(item.rrp, percent)),
            entries=((profile_id, entry.product_id, to_text(percent)),),
            without_entry=0,
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What prices make of charges; effects add up."""

    tenants: int = 0
    """Whose charges become others."""
    charges: int = 0
    below_cost: int = 0
    cost: Decimal = ZERO
    sell: Decimal = ZERO
    sell_after: Decimal = ZERO

    def __add__(self, more: "Effect") -> "Effect":
        return Effect(
            self.tenants + more.tenants,
            self.charges + more.charges,
            self.below_cost + more.below_cost,
            add((self.cost, more.cost)),
            add((self.sell, more.sell)),
            add((self.sell_after, more.sell_after)),
        )


def is_kept(facts: Facts) -> bool:
    """Tell whether a tenant keeps its prices until Re-price.

    It is in the PSA, on its way there or back, or was undone and stays so until somebody syncs it.
    """
    return facts.synced is not None or derive(facts).state in _KEPT


def effect_on(facts: Facts, sold: Summary, currency: str) -> Effect:
    """What becomes of a tenant's charges."""
    charged = facts.charge_set
    before = charged.charges if charged else ()
    after = charging.charges_of(sold, currency)
    changed = {*map(_billed, before)} ^ {*map(_billed, after)}
    return Effect(
        tenants=1 if changed else 0,
        charges=len({item for item, *_ in changed}),
        below_cost=sum(one.sell_exact < one.cost for one in after),
        cost=facts.document_cost,
        sell=add(one.sell for one in before),
        sell_after=add(one.sell for one in after),
    )


def _billed(charge: Charge) -> tuple[str, str, Decimal, Decimal]:
    return charge.vendor_item, charge.product_id, charge.percent, charge.sell
