"""What a connector's facts change. One that is late, repeated or about something else: nothing."""

from datetime import datetime
from decimal import Decimal

from syncline_contracts.money import ZERO, subtract, to_text
from syncline_contracts.tenant import (
    ConnectorFact,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantSyncStartedV1,
    TenantVerifiedV1,
)

from syncline_mapping.domain.facts import (
    Drifted,
    Facts,
    Failure,
    Planned,
    Reversed,
    Synced,
    Through,
    Verified,
)


def planned(facts: Facts, event: TenantPlannedV1, at: datetime) -> tuple[Facts, Failure | None]:
    """A plan was made. It is refused when it does not tie or is not for the charges of now."""
    planning, charged = facts.planning, facts.charge_set
    if planning is None or planning.request_id != event.request_id or charged is None:
        return facts, None
    facts = facts.but(planning=None)
    if event.charge_set_version != charged.version or facts.approval is not None:
        return facts, _failure(
            "plan",
            "stale_plan",
            "The charges changed while the plan was made. Ask for the plan again.",
            event.charge_set_version,
            at,
        )
    if event.total != charged.sell:
        failure = _off("plan", "The plan", event.total, charged.sell, charged.version, at)
        return facts.but(plan=None, failure=failure), failure
    actions: dict[str, int] = {}
    for write in event.writes:
        actions[write.action] = actions.get(write.action, 0) + 1
    plan = Planned(
        connector=event.connector,
        connection_id=event.connection_id,
        request_id=event.request_id,
        plan_hash=event.plan_hash,
        charge_set_version=event.charge_set_version,
        total=event.total,
        actions=actions,
    )
    return facts.but(plan=plan, failure=None), None


def started(facts: Facts, event: TenantSyncStartedV1) -> Facts:
    """The connector began with an approved plan."""
    approval = facts.approval
    if approval is None or approval.request_id != event.request_id:
        return facts
    return facts.but(approval=approval.model_copy(update={"started": True}))


def synced(facts: Facts, event: TenantSyncedV1, at: datetime) -> Facts:
    """Every write is in the PSA. Its own total has to equal what was approved, to the cent."""
    approval = facts.approval
    if approval is None or approval.request_id != event.request_id:
        return facts
    done = Synced(
        connector=event.connector,
        connection_id=event.connection_id,
        request_id=event.request_id,
        plan_hash=event.plan_hash,
        charge_set_version=approval.charge_set_version,
        digest=approval.digest,
        sell=approval.total,
        total=event.total,
        records=event.records,
        at=at,
        prices=approval.prices,
        sold=approval.sold,
    )
    early = facts.verified
    failure = None
    if event.total != approval.total:
        version = approval.charge_set_version
        failure = _off("apply", "The PSA", event.total, approval.total, version, at)
    return facts.but(
        approval=None,
        plan=None,
        synced=done,
        reversed=None,
        tried=None,
        drifted=None,
        failure=failure,
        verified=early if early and early.request_id == event.request_id else None,
    )


def failed(facts: Facts, event: TenantSyncFailedV1, at: datetime) -> tuple[Facts, Failure | None]:
    """A plan, its writes or a verification failed."""
    match event.stage:
        case "plan":
            planning = facts.planning
            if planning is None or planning.request_id != event.request_id:
                return facts, None
            failure = _told(event, planning.charge_set_version, at)
            return facts.but(planning=None, plan=None, failure=failure), failure
        case "apply":
            approval = facts.approval
            if approval is None or approval.request_id != event.request_id:
                return facts, None
            failure = _told(event, approval.charge_set_version, at)
            tried = _through(event)
            return facts.but(approval=None, plan=None, failure=failure, tried=tried), failure
        case "reverse":
            reversal, charged = facts.reversal, facts.charge_set
            if reversal is None or reversal.request_id != event.request_id:
                return facts, None
            failure = _told(event, charged.version if charged else 0, at)
            return facts.but(reversal=None, failure=failure, tried=_through(event)), failure
        case "verify":
            done = facts.synced
            if done is None or not _is_through(event, done) or at < done.at:
                return facts, None
            failure = _told(event, done.charge_set_version, at)
            return facts.but(failure=failure), failure


def verified(facts: Facts, event: TenantVerifiedV1, at: datetime) -> Facts:
    """All was read back and is right; it may come before the news that it was written."""
    approval, done = facts.approval, facts.synced
    if _is_of_what_was_taken_back(facts, event, at):
        is_over = facts.failure is not None and facts.failure.stage == "reverse"
        if is_over and event.total == ZERO:  # nothing else stands beside it
            return facts.but(drifted=None, failure=None, tried=None)
        return facts.but(drifted=None)
    is_early = approval is not None and approval.request_id == event.request_id
    is_of_the_last = done is not None and done.charge_set_version == event.charge_set_version
    if not is_early and not is_of_the_last:
        return facts
    if done is not None and not is_early and not _is_news_of(event, done, at):
        return facts
    if facts.verified is not None and at < facts.verified.at:
        return facts
    if facts.drifted is not None and at < facts.drifted.at:
        return facts
    expected = approval.total if is_early and approval else done.sell if done else event.total
    if event.total != expected:
        failure = _off("verify", "The PSA", event.total, expected, event.charge_set_version, at)
        return facts.but(failure=failure)
    seen = Verified(
        request_id=event.request_id,
        charge_set_version=event.charge_set_version,
        records=event.records,
        at=at,
    )
    is_failure_over = facts.failure is not None and facts.failure.stage == "verify"
    if done is not None and is_of_the_last and not is_early and at >= done.at:
        # What was off when it was written may have been put right in the PSA since.
        done = done.model_copy(update={"total": event.total})
    return facts.but(
        synced=done, verified=seen, drifted=None, failure=None if is_failure_over else facts.failure
    )


def drifted(facts: Facts, event: TenantDriftedV1, at: datetime) -> Facts:
    """Somebody changed records in the PSA: what was planned over them is void."""
    done, news = facts.synced, Drifted(drifts=event.drifts, at=at)
    if _is_of_what_was_taken_back(facts, event, at):
        return facts.but(drifted=news, plan=None)
    if done is None or not _is_through(event, done) or at < done.at:
        return facts
    if facts.verified is not None and at < facts.verified.at:
        return facts
    return facts.but(drifted=news, plan=None)


def _is_news_of(event: TenantVerifiedV1, done: Synced, at: datetime) -> bool:
    return _is_through(event, done) and (at >= done.at or event.request_id == done.request_id)


def _through(event: ConnectorFact) -> Through:
    return Through(connector=event.connector, connection_id=event.connection_id)


def _is_through(event: ConnectorFact, done: Synced | Reversed) -> bool:
    return (event.connector, event.connection_id) == (done.connector, done.connection_id)


def _is_of_what_was_taken_back(facts: Facts, event: ConnectorFact, at: datetime) -> bool:
    """Nothing is billed any more, and offsets have to stand beside what was."""
    undone = facts.reversed
    return (
        facts.synced is None
        and facts.approval is None
        and undone is not None
        and bool(undone.offsets)
        and _is_through(event, undone)
        and at >= undone.at
        and (facts.drifted is None or at >= facts.drifted.at)
    )


def reversed_(facts: Facts, event: TenantReversedV1, at: datetime) -> Facts:
    """Nothing of it is left in the PSA: it can be synced anew, when a person says so."""
    reversal, charged = facts.reversal, facts.charge_set
    if reversal is None or reversal.request_id != event.request_id:
        return facts
    undone = Reversed(
        connector=event.connector,
        connection_id=event.connection_id,
        request_id=event.request_id,
        reason=reversal.reason,
        actor=reversal.actor,
        digest=charged.digest if charged else "",
        records=event.records,
        offsets=event.offsets,
        at=at,
    )
    return facts.but(
        reversal=None,
        reversed=undone,
        tried=None,
        planning=None,
        plan=None,
        synced=None,
        verified=None,
        drifted=None,
        failure=None,
    )


def _told(event: TenantSyncFailedV1, version: int, at: datetime) -> Failure:
    return _failure(event.stage, event.code, event.message, version, at, event.off_by)


def _off(
    stage: str, who: str, actual: Decimal, expected: Decimal, version: int, at: datetime
) -> Failure:
    by = subtract(actual, expected)
    return _failure(
        stage,
        "tie_out_failed",
        f"{who} comes to {to_text(actual)}, and the charges to {to_text(expected)}: off by "
        f"{to_text(by)}. Look at the record in the PSA, then plan again.",
        version,
        at,
        by,
    )


def _failure(
    stage: str,
    code: str,
    message: str,
    version: int,
    at: datetime,
    off_by: Decimal | None = None,
) -> Failure:
    return Failure.model_validate(
        {
            "stage": stage,
            "code": code,
            "message": message,
            "charge_set_version": version,
            "off_by": off_by,
            "at": at,
        }
    )
