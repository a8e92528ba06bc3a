"""The state of a tenant follows from its facts, for every combination that matters."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from syncline_contracts.tenant import Drift, Hold
from syncline_mapping.domain.facts import (
    Approved,
    Drifted,
    Facts,
    Failure,
    Ignored,
    Planned,
    Planning,
    Reversed,
    Synced,
    Verified,
)
from syncline_mapping.domain.state import derive

from tests.unit.mapping.samples import AT, charged, complete

HUNDRED = Decimal(100)
HOLD = Hold(code="client_not_mapped", message="x", fix="mapping")
IGNORED = Ignored(reason="billed elsewhere", actor="ann", at=AT)
DRIFTED = Drifted(
    drifts=(Drift(external_key="k", ref="r", label="l", what="w", off_by=HUNDRED),), at=AT
)
WAY: dict[str, Any] = {"connector": "slow", "connection_id": "main"}
UNDONE = Reversed(
    **WAY, request_id="u", reason="r", actor="ann", digest="digest-2", records=(), at=AT
)
NOW = charged(2)
"""The charges as they are now; version 1 is what was before."""
EMPTY = NOW.model_copy(update={"charges": ()})


def plan(version: int = 2, **actions: int) -> Planned:
    return Planned(
        **WAY,
        request_id="p",
        plan_hash="h",
        charge_set_version=version,
        total=HUNDRED,
        actions=actions or {"create": 1},
    )


def approval(version: int = 2, *, started: bool = False) -> Approved:
    return Approved(
        **WAY,
        request_id="a",
        plan_request_id="p",
        plan_hash="h",
        charge_set_version=version,
        digest=f"digest-{version}",
        total=HUNDRED,
        actions={"create": 1},
        actor="ann",
        at=AT,
        started=started,
    )


def synced(version: int = 2) -> Synced:
    return Synced(
        **WAY,
        request_id="a",
        plan_hash="h",
        charge_set_version=version,
        digest=f"digest-{version}",
        sell=HUNDRED,
        total=HUNDRED,
        records=(),
        at=AT,
    )


def verified(version: int = 2) -> Verified:
    return Verified(request_id="a", charge_set_version=version, records=(), at=AT)


def failure(version: int = 2, stage: Any = "apply") -> Failure:
    return Failure(stage=stage, code="rejected", message="no", charge_set_version=version, at=AT)


def facts(**more: Any) -> Facts:
    return complete(**{"charge_set": NOW, **more})


CASES = [
    # not complete
    ("received", False, Facts()),
    ("received", False, facts(complete=False)),
    ("received", False, facts(complete=False, holds=(HOLD,))),
    ("received", True, facts(complete=False, synced=synced(1))),
    ("received", False, facts(complete=False, synced=synced())),
    # complete
    ("ready", False, facts()),
    ("held", False, facts(holds=(HOLD,))),
    ("nothing_to_bill", False, facts(charge_set=EMPTY)),
    ("held", False, facts(charge_set=EMPTY, holds=(HOLD,))),
    ("ready", False, facts(planning=Planning(request_id="x", charge_set_version=2))),
    # planned
    ("planned", False, facts(plan=plan())),
    ("planned", False, facts(plan=plan(unchanged=1))),
    ("ready", False, facts(plan=plan(1))),
    ("held", False, facts(plan=plan(), holds=(HOLD,))),
    ("received", False, facts(plan=plan(), complete=False)),
    # approved and syncing keep their snapshot, whatever comes
    ("approved", False, facts(plan=plan(), approval=approval())),
    ("approved", False, facts(approval=approval(1))),
    ("syncing", False, facts(approval=approval(1, started=True))),
    ("syncing", False, facts(approval=approval(started=True), holds=(HOLD,))),
    ("syncing", False, facts(approval=approval(started=True), complete=False)),
    ("syncing", False, facts(approval=approval(started=True), superseded=True)),
    ("approved", False, facts(approval=approval(), ignored=IGNORED)),
    ("approved", False, facts(approval=approval(), synced=synced(1))),
    # in the PSA
    ("synced", False, facts(synced=synced())),
    ("verified", False, facts(synced=synced(), verified=verified())),
    ("synced", False, facts(synced=synced(), verified=verified(1))),
    ("drifted", False, facts(synced=synced(), verified=verified(), drifted=DRIFTED)),
    ("synced", False, facts(synced=synced(), holds=(HOLD,))),
    # a newer charge set takes it back
    ("ready", True, facts(synced=synced(1))),
    ("ready", True, facts(synced=synced(1), verified=verified(1))),
    ("held", True, facts(synced=synced(1), holds=(HOLD,))),
    ("planned", True, facts(synced=synced(1), plan=plan())),
    ("ready", True, facts(synced=synced(1), plan=plan(1))),
    ("ready", True, facts(synced=synced(1), charge_set=EMPTY)),
    ("drifted", False, facts(synced=synced(1), drifted=DRIFTED)),
    # the same charges under a newer version are the same
    ("synced", False, facts(synced=synced(1).model_copy(update={"digest": "digest-2"}))),
    # a second plan of what is synced
    ("synced", False, facts(synced=synced(), plan=plan(unchanged=1))),
    ("verified", False, facts(synced=synced(), verified=verified(), plan=plan(unchanged=2))),
    ("planned", False, facts(synced=synced(), plan=plan(update=1))),
    ("planned", False, facts(synced=synced(), drifted=DRIFTED, plan=plan(update=1))),
    ("planned", False, facts(synced=synced(), drifted=DRIFTED, plan=plan(unchanged=1))),
    # failed
    ("failed", False, facts(failure=failure())),
    ("failed", False, facts(failure=failure(stage="plan"))),
    ("ready", False, facts(failure=failure(1))),
    ("held", False, facts(failure=failure(), holds=(HOLD,))),
    ("failed", False, facts(failure=failure(), synced=synced())),
    ("failed", False, facts(failure=failure(stage="verify"), synced=synced())),
    ("synced", False, facts(failure=failure(stage="plan"), synced=synced())),
    ("failed", True, facts(failure=failure(), synced=synced(1))),
    ("ready", True, facts(failure=failure(1), synced=synced(1))),
    # left out
    ("ignored", False, facts(ignored=IGNORED)),
    ("ignored", False, facts(ignored=IGNORED, holds=(HOLD,))),
    ("ignored", False, facts(ignored=IGNORED, complete=False)),
    # superseded
    ("superseded", False, facts(superseded=True)),
    ("superseded", False, facts(superseded=True, ignored=IGNORED)),
    ("superseded", False, facts(superseded=True, complete=False)),
    ("synced", False, facts(superseded=True, synced=synced(1))),
    ("verified", False, facts(superseded=True, synced=synced(1), verified=verified(1))),
    ("drifted", False, facts(superseded=True, synced=synced(1), drifted=DRIFTED)),
    # undone: a plan that nobody confirmed changes nothing
    ("reversed", False, facts(reversed=UNDONE)),
    ("reversed", False, facts(reversed=UNDONE, plan=plan())),
    ("drifted", False, facts(reversed=UNDONE, plan=plan(), drifted=DRIFTED)),
    ("ready", False, facts(reversed=UNDONE.model_copy(update={"digest": "other"}))),
    # undone, and what takes back what was billed is missing
    ("drifted", False, facts(drifted=DRIFTED)),
    ("drifted", False, facts(drifted=DRIFTED, holds=(HOLD,))),
    ("drifted", False, facts(drifted=DRIFTED, charge_set=EMPTY)),
    ("drifted", False, facts(drifted=DRIFTED, ignored=IGNORED)),
    ("drifted", False, facts(drifted=DRIFTED, superseded=True)),
    ("failed", False, facts(drifted=DRIFTED, failure=failure(stage="reverse"))),
]


@pytest.mark.parametrize(
    ("state", "changed", "given"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)]
)
def test_the_state_follows_from_the_facts(state: str, changed: bool, given: Facts) -> None:
    derived = derive(given)
    assert (derived.state, derived.changed) == (state, changed)


EVERYTHING: dict[str, tuple[Any, ...]] = {
    "complete": (False, True),
    "superseded": (False, True),
    "charge_set": (None, EMPTY, NOW),
    "holds": ((), (HOLD,)),
    "ignored": (None, IGNORED),
    "plan": (None, plan(), plan(1), plan(unchanged=1)),
    "approval": (None, approval(), approval(1, started=True)),
    "synced": (None, synced(), synced(1)),
    "drifted": (None, DRIFTED),
    "failure": (None, failure(), failure(1), failure(stage="plan")),
}


def test_no_combination_of_facts_lets_money_slip() -> None:
    for values in itertools.product(*EVERYTHING.values()):
        given = Facts.model_construct(
            **{**Facts().__dict__, **dict(zip(EVERYTHING, values, strict=True))}
        )
        derived = derive(given)
        if given.approval is not None:
            assert derived.state in ("approved", "syncing")
            continue
        if derived.state in ("ready", "planned"):
            assert given.complete
            assert not given.superseded
            assert given.ignored is None
            assert not given.holds or given.synced == synced()
        if derived.state in ("synced", "verified"):
            assert given.synced is not None
            assert given.drifted is None
            now = given.charge_set.digest if given.charge_set else None
            assert given.superseded or now == given.synced.digest
        if derived.state in ("superseded", "nothing_to_bill"):
            assert given.synced is None
        if derived.changed:
            assert given.synced is not None
