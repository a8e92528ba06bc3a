"""What follows from what stands in the PSA for a write unit: decisions, without I/O."""

from syncline_contracts.money import ZERO, add, subtract, to_text
from syncline_contracts.tenant import Drift, FailureCode

from syncline_chassis.connector.difference import in_words, part_of, same
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.look import Sight
from syncline_chassis.connector.plans import Step
from syncline_chassis.connector.protocol import Canonical, DesiredRecord, Record, Session, Unit
from syncline_chassis.errors import RejectedError


class RefusalError(RejectedError):
    """One of our own rules stops a tenant."""

    def __init__(
        self,
        code: FailureCode,
        detail: str,
        *,
        drift: Drift | None = None,
        off_by: object = None,
    ) -> None:
        super().__init__(code, detail)
        self.drift = drift
        self.off_by = off_by


class BilledError(RefusalError):
    """A record would have to change, and the PSA has billed it: an offset may stand beside it."""

    def __init__(self, unit: Unit, record: Record) -> None:
        way_out = (
            "What it took back is not there any more: put that right in the PSA by hand."
            if unit.offsets
            else "Undo this tenant and sync it again: what was billed is then taken back by a "
            "record of its own."
        )
        super().__init__(
            "locked",
            f"{unit.label} is {record.status} in the PSA and can no longer be changed. {way_out}",
        )
        self.unit = unit
        self.record = record


def plan_step(wanted: DesiredRecord, sight: Sight, row: Row | None) -> Step:
    """The write that brings the PSA to what is wanted. Raises `RefusalError`."""
    check(wanted.unit, sight, row)
    record = sight.record
    if record is None:
        return Step(
            "create",
            wanted.unit,
            None,
            wanted.amount,
            wanted.canonical,
            wanted.request,
            wanted.notes,
        )
    equal = same(wanted.canonical, wanted.amount, record.canonical, record.amount)
    if not equal and record.locked:
        raise BilledError(wanted.unit, record)
    return Step(
        "unchanged" if equal else "update",
        wanted.unit,
        record.ref,
        wanted.amount,
        wanted.canonical,
        {} if equal else wanted.request,
        wanted.notes,
        part_of(record.canonical, wanted.canonical),
        record.amount,
    )


def billed_step(unit: Unit, record: Record, written: Canonical) -> Step:
    """No write: the record stays as it is, and an offset takes it back."""
    there = part_of(record.canonical, written)
    return Step(
        "unchanged",
        unit,
        record.ref,
        record.amount,
        there,
        {},
        before=there,
        amount_before=record.amount,
    )


def offset_step(wanted: DesiredRecord, sight: Sight, row: Row | None) -> Step:
    """The write of an offset, none where it arrived before. Raises `RefusalError`."""
    check(wanted.unit, sight, row)
    record = sight.record
    if record is None:
        return plan_step(wanted, sight, row)
    off_by = subtract(record.amount, wanted.amount)
    if off_by:
        raise RefusalError(
            "drifted",
            f"{wanted.unit.label} is to take back {to_text(subtract(ZERO, wanted.amount))} and "
            f"stands with {to_text(record.amount)} in the PSA. Delete it there, then try again.",
            off_by=off_by,
        )
    return billed_step(wanted.unit, record, wanted.canonical)


def closed_step(unit: Unit, row: Row, sight: Sight) -> Step:
    """No write: what was taken back, and what takes it back, stay. Raises `RefusalError`.

    What else was changed there is taken as it is now: only the amounts have to cancel out.
    """
    check(unit, sight, row)
    drift, record = drift_of(row, sight), sight.record
    if drift is not None and drift.off_by:
        text = f"{drift.what} Change it back there, or delete it there and undo this tenant."
        raise RefusalError("drifted", text, drift=drift)
    if record is None:
        raise AssertionError(f"{unit.label} is missing, and that is no drift")
    return billed_step(unit, record, row.canonical)


def removal_step(session: Session, unit: Unit, sight: Sight) -> Step:
    """The write that takes a record away. Raises `RefusalError`.

    One that a person took away before needs no request: the ledger follows the PSA.
    """
    record = sight.record
    _check_single(unit, sight)
    if record is None or record.gone:
        return Step("delete", unit, record.ref if record else None, ZERO, {}, {})
    if record.locked:
        raise BilledError(unit, record)
    request = session.removal(record)
    return Step(
        "delete",
        unit,
        record.ref,
        ZERO,
        {},
        request,
        before=record.canonical,
        amount_before=record.amount,
    )


def is_removed(step: Step, sight: Sight) -> bool:
    """Before a removal: whether the record is gone already.

    Raises `RefusalError` where it has moved since the plan.
    """
    _check_single(step.unit, sight)
    record = sight.record
    if record is None or record.gone:
        return True
    if record.locked:
        raise BilledError(step.unit, record)
    if step.before is None or step.amount_before is None:
        raise _stale(step, "it is there again")
    if record.ref != step.ref:
        raise _stale(step, "another record carries its key")
    if not same(step.before, step.amount_before, record.canonical, record.amount):
        moved = in_words(step.before, step.amount_before, record.canonical, record.amount)
        raise _stale(step, moved)
    return False


def judge(step: Step, sight: Sight, row: Row | None) -> Record | None:
    """Before a write: the record if it is already as planned, None if the write is to be sent.

    Raises `RefusalError` where the PSA has moved since the plan.
    """
    check(step.unit, sight, row)
    record = sight.record
    if record is None:
        if step.action == "create":
            return None
        raise _stale(step, "it is not there any more")
    if same(step.canonical, step.amount, record.canonical, record.amount):
        return record
    if step.action == "update" and record.locked:
        raise BilledError(step.unit, record)
    if step.before is None or step.amount_before is None:
        raise _stale(step, "a record with this number has appeared, with other content")
    if not same(step.before, step.amount_before, record.canonical, record.amount):
        moved = in_words(step.before, step.amount_before, record.canonical, record.amount)
        raise _stale(step, moved)
    if step.action == "unchanged":  # equal before and after the plan, yet not as wanted: a bug
        raise AssertionError(f"an unchanged {step.unit.label} is not as it is wanted")
    return None


def check(unit: Unit, sight: Sight, row: Row | None) -> None:
    """Raises `RefusalError` for a record that is gone or there more than once."""
    _check_single(unit, sight)
    gone = sight.record is not None and sight.record.gone
    if sight.vanished or gone:
        status = sight.record.status if sight.record else "missing"
        ref = sight.record.ref if sight.record else (row.ref if row else None)
        text = (
            f"{unit.label} was written before and is now {status} in the PSA. "
            "It is not written again by itself: restore it there, or undo this tenant and sync it "
            "again."
        )
        amount = row.amount if row else ZERO
        raise RefusalError(
            "drifted",
            text,
            drift=Drift(
                external_key=unit.external_key,
                ref=ref or "",
                label=unit.label,
                what=text,
                off_by=subtract(ZERO, amount),
            ),
        )


def drift_of(row: Row, sight: Sight) -> Drift | None:
    """How what stands differs from what was written; None where it does not."""
    record = sight.record
    if sight.several:
        what = _twice(row.external_key, sight)
        off_by = subtract(add(one.amount for one in sight.several), row.amount)
    elif record is None or record.gone:
        what = f"{row.label} is {record.status if record else 'missing'} in the PSA."
        off_by = subtract(ZERO, row.amount)
    elif same(row.canonical, row.amount, record.canonical, record.amount):
        return None
    else:
        moved = in_words(row.canonical, row.amount, record.canonical, record.amount)
        what = f"{row.label} was changed in the PSA: {moved}."
        off_by = subtract(record.amount, row.amount)
    return Drift(
        external_key=row.external_key, ref=row.ref or "", label=row.label, what=what, off_by=off_by
    )


def _check_single(unit: Unit, sight: Sight) -> None:
    if sight.several:
        raise RefusalError("duplicated", _twice(unit.external_key, sight))


def _twice(external_key: str, sight: Sight) -> str:
    labels = ", ".join(f"{one.label} ({one.status})" for one in sight.several)
    return (
        f"{len(sight.several)} records in the PSA carry the key {external_key}: {labels}. "
        "Delete all but one of them there, then plan again."
    )


def _stale(step: Step, moved: str) -> RefusalError:
    return RefusalError(
        "stale_plan",
        f"{step.unit.label} has moved in the PSA since the plan: {moved}. "
        "Plan again and look at what changes.",
    )
