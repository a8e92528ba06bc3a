"""What connectors tell moves facts once; late, repeated and foreign facts move nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from syncline_contracts.tenant import (
    Drift,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantSyncStartedV1,
    TenantVerifiedV1,
    WrittenRecord,
)
from syncline_mapping.domain import hops, moves
from syncline_mapping.domain.facts import Facts, Planning, Reversed, Through
from syncline_mapping.domain.state import derive

from tests.unit.mapping.samples import AT, key_of
from tests.unit.mapping.test_state import approval, facts, failure, plan, synced, verified

BEFORE, LATER = AT - timedelta(hours=1), AT + timedelta(hours=1)
ASKED = Planning(request_id="p", charge_set_version=2)
COMMON: dict[str, Any] = {
    "partner_id": "acme",
    "connector": "slow",
    "connection_id": "main",
    "invoice_key": key_of("acme"),
    "invoice_no": "DD-1",
    "tenant_id": "contoso",
}
DRIFT = Drift(external_key="k", ref="r", label="l", what="gone", off_by=Decimal(-1))


def taken_back() -> Reversed:
    offset = WrittenRecord(external_key="k", ref="r", label="l", amount=Decimal(-100))
    return Reversed(
        connector="slow",
        connection_id="main",
        request_id="u",
        reason="wrong",
        actor="ann",
        digest="d",
        records=(),
        offsets=(offset,),
        at=AT,
    )


def planned(request_id: str = "p", total: str = "100", version: int = 2) -> TenantPlannedV1:
    return TenantPlannedV1(
        **COMMON,
        request_id=request_id,
        charge_set_version=version,
        plan_hash="h",
        writes=(),
        total=Decimal(total),
    )


def done(request_id: str = "a", total: str = "100") -> TenantSyncedV1:
    return TenantSyncedV1(
        **COMMON,
        request_id=request_id,
        plan_hash="h",
        charge_set_version=2,
        records=(),
        total=Decimal(total),
    )


def failed(stage: Any, request_id: str) -> TenantSyncFailedV1:
    return TenantSyncFailedV1(
        **COMMON, request_id=request_id, stage=stage, code="rejected", message="no"
    )


def seen(request_id: str = "a", version: int = 2, total: str = "100") -> TenantVerifiedV1:
    return TenantVerifiedV1(
        **COMMON,
        request_id=request_id,
        charge_set_version=version,
        records=(),
        total=Decimal(total),
    )


def drifted(connection_id: str = "main") -> TenantDriftedV1:
    about = {**COMMON, "connection_id": connection_id}
    return TenantDriftedV1(**about, request_id="d", drifts=(DRIFT,))


def test_a_plan_that_was_asked_for_is_taken() -> None:
    after, problem = moves.planned(facts(planning=ASKED, failure=failure()), planned(), AT)
    assert problem is None
    assert derive(after).state == "planned"
    assert after.planning is None
    assert after.failure is None


@pytest.mark.parametrize("total", ["100.01", "99.99", "0"])
def test_a_plan_that_is_off_fails_and_cannot_be_approved(total: str) -> None:
    after, problem = moves.planned(facts(planning=ASKED, plan=plan()), planned(total=total), AT)
    assert problem is not None
    assert problem.off_by == Decimal(total) - 100
    assert derive(after).state == "failed"
    assert after.plan is None
    assert not hops.ties(after)


def test_a_plan_of_charges_that_changed_meanwhile_is_void() -> None:
    after, problem = moves.planned(facts(planning=ASKED), planned(version=1), AT)
    assert problem is not None
    assert problem.code == "stale_plan"
    assert derive(after).state == "ready"


def test_synced_closes_the_approval_and_keeps_what_was_agreed() -> None:
    after = moves.synced(facts(approval=approval(), plan=plan()), done(), AT)
    assert derive(after).state == "synced"
    assert (after.approval, after.plan) == (None, None)
    assert hops.ties(after)


def test_what_was_verified_before_the_news_of_the_sync_is_verified() -> None:
    early = moves.verified(facts(approval=approval()), seen(), AT)
    assert derive(early).state == "approved"
    assert derive(moves.synced(early, done(), AT)).state == "verified"


def test_a_sync_that_is_a_cent_off_fails_and_is_remembered() -> None:
    after = moves.synced(facts(approval=approval()), done(total="100.01"), AT)
    assert derive(after).state == "failed"
    assert after.failure is not None
    assert after.failure.off_by == Decimal("0.01")
    assert after.synced is not None
    assert not hops.ties(after)


def test_what_was_off_and_is_put_right_in_the_psa_ties_once_it_is_planned_again() -> None:
    off = moves.synced(facts(approval=approval()), done(total="100.01"), AT)
    again, problem = moves.planned(off.but(planning=ASKED), planned(), LATER)
    assert problem is None
    assert not hops.ties(again)  # nobody has looked
    mended = moves.verified(off, seen("next"), LATER)
    assert not hops.ties(mended)  # the failure is still there
    again, _ = moves.planned(mended.but(planning=ASKED), planned(), LATER)
    assert hops.ties(again)
    assert hops.psa_total(again) == Decimal(100)
    assert derive(again).state == "verified"


def test_a_failed_verification_of_the_total_fails_the_tenant() -> None:
    after = moves.verified(facts(synced=synced()), seen(total="99"), AT)
    assert derive(after).state == "failed"
    assert derive(moves.verified(after, seen(), LATER)).state == "verified"


@pytest.mark.parametrize(
    ("given", "event", "state"),
    [
        (facts(planning=ASKED), failed("plan", "p"), "failed"),
        (facts(planning=ASKED, synced=synced()), failed("plan", "p"), "synced"),
        (facts(approval=approval()), failed("apply", "a"), "failed"),
        (facts(approval=approval(1)), failed("apply", "a"), "ready"),
        (facts(synced=synced()), failed("verify", "x"), "failed"),
    ],
)
def test_a_failure_counts_for_the_charges_that_it_is_about(
    given: Facts, event: TenantSyncFailedV1, state: str
) -> None:
    after, problem = moves.failed(given, event, AT)
    assert problem is not None
    assert derive(after).state == state
    assert after.approval is None


def test_drift_voids_the_plan_over_it_and_a_later_good_look_ends_it() -> None:
    after = moves.drifted(facts(synced=synced(), plan=plan(update=1)), drifted(), LATER)
    assert derive(after).state == "drifted"
    assert after.plan is None
    assert derive(moves.verified(after, seen(), LATER + timedelta(1))).state == "verified"
    assert derive(moves.verified(after, seen(), AT)).state == "drifted"


def test_an_offset_that_is_missing_after_an_undo_is_told_until_it_stands_again() -> None:
    undone = facts(reversed=taken_back())
    after = moves.drifted(undone, drifted(), LATER)
    assert derive(after).state == "drifted"
    assert derive(moves.verified(after, seen(), AT)).state == "drifted"
    assert moves.verified(after, seen(), LATER + timedelta(1)) == undone


def test_where_a_sync_broke_off_is_known_until_it_is_through_or_undone() -> None:
    broken, _ = moves.failed(facts(approval=approval()), failed("apply", "a"), AT)
    assert broken.tried == Through(connector="slow", connection_id="main")
    replanned, _ = moves.planned(broken.but(planning=ASKED), planned(), LATER)
    assert (replanned.failure, replanned.tried) == (None, broken.tried)
    assert moves.synced(replanned.but(approval=approval()), done(), LATER).tried is None


def test_a_good_look_ends_a_failed_undo_only_where_nothing_else_stands() -> None:
    undone = facts(reversed=taken_back(), failure=failure(stage="reverse"))
    assert moves.verified(undone, seen(total="0"), LATER).failure is None
    assert moves.verified(undone, seen(total="7"), LATER).failure is not None


START = TenantSyncStartedV1(**COMMON, request_id="a", plan_hash="h")
SEEN_LATER = verified().model_copy(update={"at": LATER})
Move = Callable[[Facts], Facts]
NOTHING: dict[str, tuple[Facts, Move]] = {
    "plan nobody asked for": (facts(), lambda f: moves.planned(f, planned(), AT)[0]),
    "plan of another request": (
        facts(planning=ASKED),
        lambda f: moves.planned(f, planned("other"), AT)[0],
    ),
    "start without approval": (facts(), lambda f: moves.started(f, START)),
    "synced without approval": (facts(plan=plan()), lambda f: moves.synced(f, done(), AT)),
    "synced of another": (
        facts(approval=approval()),
        lambda f: moves.synced(f, done("other"), AT),
    ),
    "synced again": (facts(synced=synced()), lambda f: moves.synced(f, done(), LATER)),
    "failure nobody waits for": (facts(), lambda f: moves.failed(f, failed("apply", "a"), AT)[0]),
    "plan failure of another": (
        facts(planning=ASKED),
        lambda f: moves.failed(f, failed("plan", "other"), AT)[0],
    ),
    "verified, never synced": (facts(), lambda f: moves.verified(f, seen(), AT)),
    "verified, older charges": (
        facts(synced=synced()),
        lambda f: moves.verified(f, seen("x", 1), AT),
    ),
    "verified, older news": (
        facts(synced=synced(), verified=verified()),
        lambda f: moves.verified(f, seen("x"), BEFORE),
    ),
    "drift of another connection": (
        facts(synced=synced()),
        lambda f: moves.drifted(f, drifted("other"), LATER),
    ),
    "drift from before the sync": (
        facts(synced=synced()),
        lambda f: moves.drifted(f, drifted(), BEFORE),
    ),
    "drift after an undo that left nothing": (
        facts(reversed=taken_back().model_copy(update={"offsets": ()})),
        lambda f: moves.drifted(f, drifted(), LATER),
    ),
    "drift from before the undo": (
        facts(reversed=taken_back()),
        lambda f: moves.drifted(f, drifted(), BEFORE),
    ),
    "drift seen before a good look": (
        facts(synced=synced(), verified=SEEN_LATER),
        lambda f: moves.drifted(f, drifted(), AT),
    ),
}


@pytest.mark.parametrize(("before", "move"), NOTHING.values(), ids=NOTHING.keys())
def test_what_is_late_repeated_or_foreign_moves_nothing(before: Facts, move: Move) -> None:
    assert move(before) == before
