"""Holds: every reason why a complete tenant waits, each with the place to fix it.

A tenant with nothing to bill asks for no mapping: only what could hide money holds it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from syncline_contracts.charge import Charge
from syncline_contracts.money import ZERO, add, multiply, to_text
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.tenant import Hold

from syncline_mapping.domain import charges as charging
from syncline_mapping.domain.counted import counted
from syncline_mapping.domain.manifest import ConnectorManifest
from syncline_mapping.domain.summary import ItemSum, KindSum, Summary
from syncline_mapping.domain.tie_out import Difference, in_words

RRP_FROM, RRP_TO = Decimal("0.5"), Decimal(3)


@dataclass(frozen=True, slots=True)
class Case:
    """What the reasons are looked for in."""

    tenant_name: str
    currency: str
    summary: Summary
    charges: tuple[Charge, ...]
    differences: tuple[Difference, ...] = ()
    partner: PartnerSettings | None = None
    connector: ConnectorManifest | None = None
    client_id: str | None = None
    agreements: dict[str, str] = field(default_factory=dict)

    @property
    def billable(self) -> list[ItemSum]:
        """Vendor items that are or will be a charge."""
        return [one for one in self.summary.items.values() if not charging.is_zero(one)]

    @property
    def cost(self) -> Decimal:
        """Cost that waits."""
        return add(one.cost for one in self.billable)


def holds_and_warnings(case: Case) -> tuple[tuple[Hold, ...], tuple[Hold, ...]]:
    """All reasons that apply, and what only asks for a look."""
    holds = [*_of_the_document(case), *_of_prices(case)]
    if case.billable:
        holds = [*_of_the_connection(case), *_of_the_mapping(case), *holds]
        holds += _of_the_total(case)
    warnings: list[Hold] = []
    for hold in _to_look_at(case):
        strict = case.partner is not None and getattr(case.partner, hold.code) == "hold"
        (holds if strict else warnings).append(hold)
    return tuple(holds), tuple(warnings)


def _of_the_connection(case: Case) -> Iterator[Hold]:
    partner = case.partner
    if partner is None:
        yield _hold(
            "no_connection", "The partner is not in the register yet. Save it first.", "partner"
        )
        return
    if partner.connector is None or partner.connection_id is None:
        yield _hold(
            "no_connection",
            "The partner has no connection to a PSA yet. Make one, and choose it in the register.",
            "connection",
        )
    elif case.connector is None:
        yield _hold(
            "no_connection",
            f"The connector {partner.connector!r} has not announced itself yet. The tenant goes on "
            "by itself once it runs; check its name in the register if it never does.",
            "connection",
        )
    if partner.currency != case.currency:
        yield _hold(
            "currency_mismatch",
            f"The invoice is in {case.currency}, and the partner bills in {partner.currency}. "
            "Nothing is converted: correct the partner's currency, or bill this invoice elsewhere "
            "and ignore the tenant.",
            "partner",
            amount=case.cost,
        )


def _of_the_mapping(case: Case) -> Iterator[Hold]:
    words = case.connector.vocabulary if case.connector else None
    client = words.client if words else "client"
    if case.client_id is None:
        yield _hold(
            "client_not_mapped",
            f"{case.tenant_name} is not mapped to a {client} yet. Map it: it stays for next month.",
            "mapping",
            amount=case.cost,
        )
    if words is None or words.agreement is None:
        return
    for item in case.billable:
        if item.vendor_item not in case.agreements:
            yield _hold(
                "agreement_not_mapped",
                f"{item.vendor_item} of {case.tenant_name} is not mapped to an {words.agreement} "
                "yet.",
                "mapping",
                item.vendor_item,
                item.cost,
            )


def _of_prices(case: Case) -> Iterator[Hold]:
    for item in case.billable:
        if item.without_entry:
            yield _hold(
                "no_profile_entry",
                f"The billing profile has no entry for {item.vendor_item}. Add one.",
                "profile",
                item.vendor_item,
                item.cost,
            )
        if item.without_rrp.lines:
            yield _hold(
                "rrp_unknown",
                f"{_lines(item.without_rrp, item, 'has', 'have')} no RRP, and none can be derived. "
                "Say what to take where the supplier gives none.",
                "partner",
                item.vendor_item,
                item.without_rrp.cost,
            )


def _of_the_document(case: Case) -> Iterator[Hold]:
    if case.differences:
        yield _hold(
            "tie_out_failed",
            "What came does not add up to the document: "
            + "; ".join(in_words(off, case.currency) for off in case.differences)
            + ". Nothing of this tenant is billed until it does: look at its lines, and have the "
            "document read again.",
            "document",
            amount=add(off.cost for off in case.differences),
        )
    for item in case.summary.items.values():
        if item.unknown.lines:
            yield _hold(
                "unknown_line_kind",
                f"{_lines(item.unknown, item, 'is', 'are')} of a kind that is not known, so nobody "
                "can tell how to bill that.",
                "document",
                item.vendor_item,
                item.unknown.cost,
            )


def _of_the_total(case: Case) -> Iterator[Hold]:
    total = charging.totals(case.charges).sell
    if case.connector and total < ZERO and not case.connector.carries_negative_totals:
        yield _hold(
            "negative_total",
            f"The total is {to_text(total)} {case.currency}, and the PSA takes no record below "
            "zero. Credit the customer there by hand, and ignore the tenant with that reason.",
            "document",
            amount=case.cost,
        )


def _to_look_at(case: Case) -> Iterator[Hold]:
    for charge in case.charges:
        if charge.sell_exact < charge.cost:
            yield _hold(
                "sell_below_cost",
                f"{charge.vendor_item} sells for {to_text(charge.sell)} {case.currency} and costs "
                f"{to_text(charge.cost)}.",
                "profile",
                charge.vendor_item,
                charge.cost,
            )
        if is_unusual(charge.rrp, charge.cost):
            yield _hold(
                "unusual_rrp",
                f"The RRP of {charge.vendor_item} is {to_text(charge.rrp)} {case.currency} at a "
                f"cost of {to_text(charge.cost)}: outside of half to three times.",
                "document",
                charge.vendor_item,
                charge.cost,
            )


def is_unusual(rrp: Decimal, cost: Decimal) -> bool:
    """Tell whether an RRP lies outside 0.5 to 3 times a cost that is not zero."""
    if cost.is_zero():
        return False
    bounds = sorted((multiply(cost, RRP_FROM), multiply(cost, RRP_TO)))
    return not bounds[0] <= rrp <= bounds[1]


def _lines(some: KindSum, item: ItemSum, verb: str, verbs: str) -> str:
    of_one = verb if some.lines == 1 else verbs
    return f"{counted(some.lines, 'line')} of {item.vendor_item} {of_one}"


def _hold(
    code: str,
    message: str,
    fix: str,
    vendor_item: str | None = None,
    amount: Decimal | None = None,
) -> Hold:
    return Hold.model_validate(
        {
            "code": code,
            "message": message,
            "fix": fix,
            "vendor_item": vendor_item,
            "amount": amount,
        }
    )
