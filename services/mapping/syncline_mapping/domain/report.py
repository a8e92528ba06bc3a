"""What waits for a person, summed by currency and reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from syncline_contracts.holds import Waiting, WaitingForReason, WaitingInCurrency
from syncline_contracts.money import add
from syncline_contracts.tenant import HoldCode, TenantState

UNMAPPED: frozenset[HoldCode] = frozenset({"client_not_mapped", "agreement_not_mapped"})


@dataclass(frozen=True, slots=True)
class Waiter:
    """A tenant that waits on an invoice."""

    currency: str
    state: TenantState
    cost: Decimal
    reasons: frozenset[HoldCode]


def summed(waiters: Sequence[Waiter]) -> tuple[WaitingInCurrency, ...]:
    """Sums by currency, to the last digit."""
    by_currency: dict[str, list[Waiter]] = defaultdict(list)
    for one in waiters:
        by_currency[one.currency].append(one)
    return tuple(_of_currency(name, by_currency[name]) for name in sorted(by_currency))


def _of_currency(currency: str, waiters: Sequence[Waiter]) -> WaitingInCurrency:
    held = [one for one in waiters if one.state != "ignored"]
    codes = sorted({code for one in held for code in one.reasons})
    reasons = [
        WaitingForReason(reason=code, **_sum([one for one in held if code in one.reasons]))
        for code in codes
    ]
    return WaitingInCurrency(
        currency=currency,
        unmapped=Waiting(**_sum([one for one in held if one.reasons & UNMAPPED])),
        ignored=Waiting(**_sum([one for one in waiters if one.state == "ignored"])),
        reasons=tuple(sorted(reasons, key=lambda one: -abs(one.cost))),
        **_sum(waiters),
    )


class _Sum(TypedDict):
    tenants: int
    cost: Decimal


def _sum(waiters: Sequence[Waiter]) -> _Sum:
    return {"tenants": len(waiters), "cost": add(one.cost for one in waiters)}
