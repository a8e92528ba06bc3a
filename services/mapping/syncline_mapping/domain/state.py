"""The state of a tenant, derived from its facts; nothing else decides it.

The first that applies:

    approved, syncing   a person approved a plan and its sync is not finished: it keeps its
                        snapshot, whatever became of prices, mapping or revision meanwhile;
                        syncing as well while a reversal takes records away
    superseded          a newer revision has no such tenant (what is synced stays synced)
    ignored             a person left it out
    received            lines are missing, or wait for newer prices
    held                a reason to wait, unless the PSA already holds exactly these charges
    nothing_to_bill     no charge, and nothing in the PSA that would have to go
    failed              the last failure is about the charges as they are now; a failed plan does
                        not touch what is synced
    planned             a plan for the charges as they are now, and something to carry out
    drifted             somebody changed in the PSA what we wrote; of an undone tenant, what takes
                        back what was billed: that comes before ignored, held and nothing_to_bill
    synced, verified    the PSA holds exactly these charges
    reversed            a person had these very charges taken out of the PSA
    ready               nothing stands in the way

`changed`: the PSA holds other charges than these.
"""

from dataclasses import dataclass

from syncline_contracts.tenant import TenantState

from syncline_mapping.domain.facts import Facts

IN_THE_PSA: frozenset[TenantState] = frozenset({"synced", "verified", "drifted"})
SYNCING: frozenset[TenantState] = frozenset({"approved", "syncing"})
SETTLED: frozenset[TenantState] = IN_THE_PSA | SYNCING | {"superseded", "ignored", "reversed"}
"""Newer prices do not reach these by themselves."""
WAITING: tuple[TenantState, ...] = ("held", "failed", "drifted", "ignored")
"""A person has to look, or has looked and left it out."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A state, and whether the PSA holds other charges than these."""

    state: TenantState
    changed: bool


def derive(facts: Facts) -> Derived:
    """State of a tenant; see the module for the rules."""
    state = _state(facts)
    waits = state in {"held", "ready", "planned", "failed", "received"}
    return Derived(state, waits and facts.synced is not None and not psa_is_current(facts))


def psa_is_current(facts: Facts) -> bool:
    """Tell whether what was synced is what would be billed now."""
    synced, charged = facts.synced, facts.charge_set
    return synced is not None and charged is not None and synced.digest == charged.digest


def plan_is_current(facts: Facts) -> bool:
    """Tell whether the plan is one for the charges as they are now."""
    plan, charged = facts.plan, facts.charge_set
    return plan is not None and charged is not None and plan.charge_set_version == charged.version


def failure_is_current(facts: Facts) -> bool:
    """Tell whether the last failure is about the charges as they are now."""
    failure, charged = facts.failure, facts.charge_set
    return (
        failure is not None
        and charged is not None
        and failure.charge_set_version == charged.version
    )


def _state(facts: Facts) -> TenantState:
    if facts.approval is not None:
        return "syncing" if facts.approval.started else "approved"
    if facts.reversal is not None:
        return "syncing"
    if facts.superseded:
        return _outside(facts, "superseded") if facts.synced is None else _in_the_psa(facts)
    if facts.ignored is not None:
        return _outside(facts, "ignored")
    if not facts.complete or facts.charge_set is None:
        return "received"
    return _complete(facts)


def _complete(facts: Facts) -> TenantState:
    current = psa_is_current(facts)
    if facts.holds and not current:
        return _outside(facts, "held")
    if facts.synced is None and facts.charge_set is not None and not facts.charge_set.charges:
        return _outside(facts, "nothing_to_bill")
    waits: TenantState = "reversed" if is_undone(facts) else "ready"
    return _on_the_way(facts, current) or (_in_the_psa(facts) if current else waits)


def is_undone(facts: Facts) -> bool:
    """Tell whether a person had exactly these charges taken out of the PSA."""
    undone, charged = facts.reversed, facts.charge_set
    return (
        facts.synced is None
        and undone is not None
        and charged is not None
        and undone.digest == charged.digest
    )


def _outside(facts: Facts, state: TenantState) -> TenantState:
    """A state of what is not billed, unless what takes back what was is not as it has to be."""
    return "drifted" if facts.synced is None and facts.drifted is not None else state


def _on_the_way(facts: Facts, current: bool) -> TenantState | None:
    failure, plan = facts.failure, facts.plan
    if failure and failure_is_current(facts) and not (current and failure.stage == "plan"):
        return "failed"
    wanted = plan is not None and (plan.writes > 0 or not current or facts.drifted is not None)
    # What was undone stays so until a plan is confirmed: newer prices would make it news.
    if wanted and plan_is_current(facts) and not is_undone(facts):
        return "planned"
    return "drifted" if facts.drifted is not None else None


def _in_the_psa(facts: Facts) -> TenantState:
    if facts.drifted is not None:
        return "drifted"
    verified, synced = facts.verified, facts.synced
    if verified and synced and verified.charge_set_version == synced.charge_set_version:
        return "verified"
    return "synced"
