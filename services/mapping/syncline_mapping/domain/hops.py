"""The hops of a tenant's money: document, lines, charges, plan, PSA; each equals the one before."""

from decimal import Decimal
from typing import Literal

from syncline_mapping.domain.facts import Facts
from syncline_mapping.domain.state import failure_is_current, psa_is_current

Hop = Literal["lines", "charges", "plan", "psa"]
"""What differs from the hop before it; `lines` from the document."""


def planned_total(facts: Facts) -> Decimal | None:
    """Total of the plan that is on its way or was carried out last."""
    if facts.approval is not None:
        return facts.approval.total
    if facts.plan is not None:
        return facts.plan.total
    return facts.synced.sell if facts.synced is not None else None


def psa_total(facts: Facts) -> Decimal | None:
    """What the PSA stated when it was written, or read back since."""
    return facts.synced.total if facts.synced is not None else None


def ties(facts: Facts) -> bool:
    """Tell whether every hop so far equals the one before it."""
    return differs_at(facts) is None


def differs_at(facts: Facts) -> Hop | None:
    """The first hop that is not what the one before it is."""
    if not facts.ties:
        return "lines"
    if facts.lines_cost != facts.items_cost:
        return "charges"
    failure = facts.failure if failure_is_current(facts) else None
    if failure is not None and failure.code == "tie_out_failed":
        return "plan" if failure.stage == "plan" else "psa"
    done, charged = facts.synced, facts.charge_set
    if done is None:
        return None
    billed = charged.sell if charged is not None and psa_is_current(facts) else done.sell
    return None if done.total == billed else "psa"
