"""Sending approved writes: in batches, each step on the ledger, each element judged by itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from syncline_contracts.identity import key
from syncline_contracts.money import add
from syncline_contracts.tenant import (
    TenantReversedV1,
    TenantSyncedV1,
    WriteAction,
    WrittenRecord,
)

from syncline_chassis.connector.jobs import Jobs
from syncline_chassis.connector.ledger import Ledger, State
from syncline_chassis.connector.look import Sight, Sought, look
from syncline_chassis.connector.protocol import (
    Lost,
    Outcome,
    Record,
    Refused,
    Removed,
    Session,
    Written,
)
from syncline_chassis.connector.sight import RefusalError, judge
from syncline_chassis.connector.task import Item, Task, off_by_a_cent
from syncline_chassis.connector.turn import WORKER, Turn
from syncline_chassis.errors import RejectedError, SynclineError, UnknownOutcomeError
from syncline_chassis.unit_of_work import UnitOfWork

ACTIONS: tuple[WriteAction, ...] = ("delete", "update", "create")


@dataclass(frozen=True, slots=True)
class Move:
    """A step that an item's ledger row takes."""

    item: Item
    state: State
    entry: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)


async def advance(
    turn: Turn,
    moves: Sequence[Move],
    also: Callable[[UnitOfWork], Awaitable[None]] | None = None,
) -> None:
    """Take ledger steps, and say what follows from them, in one transaction."""

    async def work(uow: UnitOfWork) -> list[Any]:
        ledger = Ledger(uow)
        rows = [
            await ledger.step(
                move.item.row, move.state, turn.now(), entry=move.entry, **move.changes
            )
            for move in moves
        ]
        if also is not None:
            await also(uow)
        return rows

    rows = await turn.commit(work)
    for move, row in zip(moves, rows, strict=True):
        move.item.row = row


class Sending:
    """Sends what is open, in as few calls as the vendor allows."""

    def __init__(self, turn: Turn, session: Session) -> None:
        self._turn = turn
        self._session = session
        self._tasks: dict[int, Task] = {}

    async def run(self, tasks: Sequence[Task]) -> None:
        """Bring every task to its end, or leave it waiting for the vendor to settle."""
        self._tasks = {id(item): task for task in tasks for item in task.items}
        await self._doubt([item for task in tasks for item in task.items if item.removed])
        already = [item for task in tasks for item in task.items if item.settled]
        done = [task for task in tasks if task.finished]
        if already or done:
            moves = [
                _removed(item, {}) if item.record is None else _written(item, item.record, {})
                for item in already
            ]
            await self._conclude([move for move in moves if _changes(move)], done)
        await self._send_all([item for task in tasks for item in task.items if item.offsets])
        for action in ACTIONS:  # what bills the charges anew never stands beside what is billed
            ready = [task for task in tasks if task.is_taken_back]
            items = [item for task in ready for item in task.items]
            await self._send_all([item for item in items if item.step.action == action])
        waiting = [task.job for task in tasks if task.waits]
        await self._turn.put_off(waiting, self._turn.manifest.settle_s)

    async def _send_all(self, items: Sequence[Item]) -> None:
        to_send = [item for item in items if item.open]
        for chunk in _chunks(to_send, self._turn.manifest.max_writes_per_call):
            await self._send(chunk)

    async def _send(self, items: Sequence[Item]) -> None:
        turn = self._turn
        turn.lease.check()
        attempt = key(
            "attempt", *(f"{i.row.external_key}/{i.row.sends + 1}" for i in items), length=32
        )
        await advance(turn, [_sent(item, attempt, turn) for item in items])
        try:
            outcomes = await self._session.write([item.step.write() for item in items], attempt)
            if len(outcomes) != len(items):
                raise UnknownOutcomeError("The answer has not one element for each one sent.")
        except UnknownOutcomeError as error:
            outcomes = [Lost.of(error)] * len(items)
        except RejectedError as error:
            if len(items) > 1:  # whose fault it is shows when each goes by itself
                await self._take_back(items, error)
                for item in items:
                    await self._send([item])
                return
            outcomes = [Refused.of(error)]
        except SynclineError as error:
            await self._take_back(items, error)
            raise
        await self._settle(items, outcomes)

    async def _take_back(self, items: Sequence[Item], error: SynclineError) -> None:
        why = _why(f"Not stored: {error}", error.answer)
        await advance(self._turn, [Move(item, "intended", why) for item in items])

    async def _settle(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        pairs = list(zip(items, outcomes, strict=True))
        refused = [item for item, outcome in pairs if isinstance(outcome, Refused)]
        creates = [item for item in refused if item.step.action == "create"]
        seen = await self._confirm(pairs) | await self._arrived_before(creates)
        moves = [self._move(item, seen.get(id(item), outcome)) for item, outcome in pairs]
        concerned = {id(self._tasks[id(item)]): self._tasks[id(item)] for item in items}
        await self._conclude(moves, [task for task in concerned.values() if task.finished])

    async def _doubt(self, items: Sequence[Item]) -> None:
        """One look that misses a record is not enough to forget it."""
        seen = await self._confirm([(item, Removed({})) for item in items])
        for item in items:
            item.waits = isinstance(seen[id(item)], Lost)
            item.removed = not item.waits

    async def _confirm(self, pairs: Sequence[tuple[Item, Outcome]]) -> dict[int, Outcome]:
        """Removals and offsets as a look shows them, for the answer alone is not believed."""
        told = [(item, outcome) for item, outcome in pairs if _is_looked_at(item, outcome)]
        if not told:
            return {}
        try:
            sights = await look(self._session, [_sought(item, outcome) for item, outcome in told])
        except SynclineError as error:
            why = f"It is said to be done, and that could not be seen: {error}"
            return {id(item): Lost(why, error.answer or {}) for item, _ in told}
        return {
            id(item): _confirmed(outcome, sights[item.step.unit.external_key])
            for item, outcome in told
        }

    async def _arrived_before(self, items: Sequence[Item]) -> dict[int, Outcome]:
        """A create may be refused because an earlier one of ours arrived late: look."""
        if not items:
            return {}
        sights = await look(self._session, [Sought(item.sought().unit) for item in items])
        arrived: dict[int, Outcome] = {}
        for item in items:
            try:
                record = judge(item.step, sights[item.step.unit.external_key], item.row)
            except RefusalError:
                continue  # the vendor's own words say more
            if record is not None:
                arrived[id(item)] = Written(record, {})
        return arrived

    def _move(self, item: Item, outcome: Outcome) -> Move:
        match outcome:
            case Written(record, answer):
                item.error = off_by_a_cent(item, record)
                if item.error is None:
                    item.record = record
                return _written(item, record, answer)
            case Removed(answer):
                item.removed = True
                return _removed(item, answer)
            case Refused(message, answer):
                item.error = RejectedError("rejected", message)
                return Move(item, "failed", _why(message, answer))
            case Lost(message, answer):
                item.waits = True
                sent = {"sent_at": self._turn.now(), **item.row.doubt}
                return Move(item, "sending", _why(message, answer), sent)

    async def _conclude(self, moves: Sequence[Move], finished: Sequence[Task]) -> None:
        async def say(uow: UnitOfWork) -> None:
            for task in finished:
                await conclude(self._turn, uow, task)

        await advance(self._turn, moves, say)


def _is_looked_at(item: Item, outcome: Outcome) -> bool:
    return isinstance(outcome, Removed) or (item.offsets and isinstance(outcome, Written))


def _sought(item: Item, outcome: Outcome) -> Sought:
    sought = item.sought()
    if isinstance(outcome, Written):
        return replace(sought, ref=outcome.record.ref, is_doubtful=item.row.is_doubtful)
    return sought


def _confirmed(outcome: Outcome, sight: Sight) -> Outcome:
    match outcome:
        case Removed() if sight.stands:
            return Lost("It is said to be gone, and it is there.")
        case Written() if not sight.stands:
            return Lost("It is said to be written, and is not there.")
        case Written() if sight.record is not None:
            return replace(outcome, record=sight.record)
        case _:
            return outcome


async def conclude(turn: Turn, uow: UnitOfWork, task: Task) -> None:
    """Say how a sync ended; a good one is read back at once."""
    if task.error is not None:
        await turn.fail(uow, task.job, task.error)
        return
    if task.job.kind == "reverse":
        removed = [*task.done_before, *(item.row for item in task.items if item.removed)]
        offsets = [
            _told(item, item.record)
            for item in task.items
            if item.offsets and item.record is not None
        ]
        turn.say(
            uow,
            task.job,
            TenantReversedV1,
            records=[row.record() for row in removed],
            offsets=offsets,
        )
        if offsets:  # what nobody reads back is not known to stand
            await Jobs(uow).add(task.job.then("verify", turn.now()))
            uow.wake(WORKER)
        await Jobs(uow).done(task.job)
        return
    records = [_told(item, item.record) for item in task.items if item.record is not None]
    version = task.charge_set_version
    turn.say(
        uow,
        task.job,
        TenantSyncedV1,
        plan_hash=task.plan_hash,
        charge_set_version=version,
        records=records,
        total=add(record.amount for record in records),
    )
    await Jobs(uow).add(task.job.then("verify", turn.now(), charge_set_version=version))
    await Jobs(uow).done(task.job)
    uow.wake(WORKER)


def _told(item: Item, record: Record) -> WrittenRecord:
    return WrittenRecord(
        external_key=item.row.external_key,
        ref=record.ref,
        label=record.label,
        amount=record.amount,
        url=record.url,
    )


def _sent(item: Item, attempt: str, turn: Turn) -> Move:
    entry = {"request": item.step.request, "attempt": attempt}
    changes = {"sends": item.row.sends + 1, "sent_at": turn.now()}
    return Move(item, "sending", entry, changes)


def _why(message: str, answer: Mapping[str, object] | None) -> dict[str, Any]:
    return {"why": message, "answer": dict(answer)} if answer else {"why": message}


def _written(item: Item, record: Record, answer: dict[str, object]) -> Move:
    entry: dict[str, Any] = {"ref": record.ref, "status": record.status}
    entry |= {"answer": answer} if answer else {"found": True}
    state: State = "written"
    if item.error is not None:
        state, entry = "failed", {**entry, "why": item.error.detail}
    task_fields = {
        "ref": record.ref,
        "label": record.label,
        "url": record.url,
        "amount": item.step.amount,
        "canonical": item.step.canonical,
        "charge_set_version": item.charge_set_version,
        "is_doubtful": item.row.is_doubtful and item.row.sends > 1,
    }
    return Move(item, state, entry, task_fields)


def _removed(item: Item, answer: dict[str, object]) -> Move:
    entry: dict[str, Any] = {"ref": item.row.ref}
    entry |= {"answer": answer} if answer else {"found": False}
    return Move(item, "removed", entry, {"charge_set_version": item.charge_set_version})


def _changes(move: Move) -> bool:
    row = move.item.row
    if move.state == "removed":
        return row.state != "removed"
    known = row.state in ("written", "verified") and row.step > 0
    return not known or any(getattr(row, name) != value for name, value in move.changes.items())


def _chunks(items: Sequence[Item], size: int) -> list[list[Item]]:
    left = iter(items)
    chunks = []
    while chunk := list(islice(left, size)):
        chunks.append(chunk)
    return chunks
