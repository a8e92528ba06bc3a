"""The verb plan: what is wanted against what stands in the PSA. It writes nothing there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import structlog
from syncline_contracts.charge import ChargeSet
from syncline_contracts.money import add, subtract, to_text
from syncline_contracts.tenant import TenantPlannedV1

from syncline_chassis.connector.generations import Generations, living, unit_of
from syncline_chassis.connector.jobs import Job, Jobs
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.look import Sight, Sought, look
from syncline_chassis.connector.plans import Plan, Plans, Step
from syncline_chassis.connector.protocol import Bill, Record, Session, Target, Unit
from syncline_chassis.connector.sight import (
    BilledError,
    RefusalError,
    billed_step,
    check,
    closed_step,
    offset_step,
    plan_step,
    removal_step,
)
from syncline_chassis.connector.turn import Turn
from syncline_chassis.errors import RejectedError, SynclineError
from syncline_chassis.unit_of_work import UnitOfWork


class _Draft:
    """One tenant on its way to a plan; an error ends it and nobody else."""

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.charges = ChargeSet.model_validate(job.payload["charge_set"])
        mine = [row for row in rows if row.connection_id == job.connection_id]
        self.elsewhere = [row for row in living(rows) if row not in mine]
        self.past = Generations(
            job.partner_id, job.connection_id, job.invoice_key, job.tenant_id, mine
        )
        self.units: list[Unit] = []
        self.vanished: list[Unit] = []
        """Written before, and no charge stands behind them any more."""
        self.billed: list[tuple[Unit, Record]] = []
        """To be taken back by offsets, since the PSA lets nobody change them."""
        self.steps: list[Step] = []
        self.plan: Plan | None = None
        self.error: RejectedError | None = None
        self.marks: list[tuple[Row | None, RefusalError]] = []
        self._sights: Mapping[str, Sight] = {}

    def outline(self, session: Session) -> None:
        """Name the records that the charges become; a label that the ledger knows stays."""
        if self.elsewhere:
            raise RefusalError(
                "rejected",
                f"This tenant was written as {self.elsewhere[0].label} through the connection "
                f"{self.elsewhere[0].connection_id}. Undo that one first.",
            )
        units = session.units(self.charges, self.past.key)
        self.units = [self.past.present(unit) for unit in units]
        self.vanished = [unit for unit in self.past.standing() if unit not in self.units]

    def sought(self) -> list[Sought]:
        """What to look for."""
        closed = [unit_of(row) for row in self.past.closed]
        return [self.past.sought(unit) for unit in (*self.units, *self.vanished, *closed)]

    def see(self, sights: Mapping[str, Sight]) -> Bill:
        """Note what was found, for the connector to build upon."""
        self._sights = {**self._sights, **sights}
        return Bill(self.charges, tuple(self._target(unit) for unit in self.units))

    def compare(self, session: Session, bill: Bill) -> None:
        """Compare what is wanted with what is there; note what is billed and must not stand."""
        for unit in self.units:
            self._checked(unit)
        for wanted in session.desired(bill) if self.units else ():
            unit = wanted.unit
            self._step(partial(plan_step, wanted, self._sights[unit.external_key], self._row(unit)))
        for unit in self.vanished:
            if unit in (*self._offsets(), *self._heirs()):  # half way there: it goes on
                continue
            self._step(partial(removal_step, session, unit, self._sights[unit.external_key]))
        for row in self.past.closed:
            with self._marking(row):
                step = closed_step(unit_of(row), row, self._sights[row.external_key])
            self.steps.append(step)

    def succession(self) -> list[Sought]:
        """What to look for where billed records are taken back: offsets and new records."""
        self.units = self._heirs()
        return [self.past.sought(unit) for unit in (*self._offsets(), *self.units)]

    async def succeed(self, session: Session, sights: Mapping[str, Sight]) -> None:
        """Plan the offsets, and the records that bill the charges instead."""
        bill = self.see(sights)
        for unit, record in self.billed:
            wanted = await session.offset(self.past.offset(unit), record)
            row = self._row(unit)
            self.steps.append(billed_step(unit, record, row.canonical if row else record.canonical))
            sight = self._sights[wanted.unit.external_key]
            self.steps.append(offset_step(wanted, sight, self._row(wanted.unit)))
        for wanted in session.desired(bill) if self.units else ():
            sight = self._sights[wanted.unit.external_key]
            self.steps.append(plan_step(wanted, sight, self._row(wanted.unit)))

    def tie(self) -> None:
        """The plan has to come to the charges, to the cent."""
        self.plan = Plan(self.charges, tuple(self.steps))
        charged = add(charge.sell for charge in self.charges.charges)
        off_by = subtract(self.plan.total, charged)
        if off_by or charged != self.charges.sell:
            raise RefusalError(
                "tie_out_failed",
                f"The records planned come to {to_text(self.plan.total)}, the charges to "
                f"{to_text(charged)} and their stated total is {to_text(self.charges.sell)}.",
                off_by=off_by or subtract(charged, self.charges.sell),
            )

    def _offsets(self) -> list[Unit]:
        return [self.past.offset(unit) for unit, _ in self.billed]

    def _heirs(self) -> list[Unit]:
        """Of the records that the charges become; asked before those are replaced by them."""
        return [self.past.successor(unit) for unit, _ in self.billed if unit in self.units]

    def _target(self, unit: Unit) -> Target:
        row, record = self._row(unit), self._sights[unit.external_key].record
        current = None if record is None or record.gone else record
        return Target(unit, current, row.canonical if row and row.stands else None)

    def _step(self, make: Callable[[], Step]) -> None:
        try:
            self.steps.append(make())
        except BilledError as error:
            if error.unit.offsets:
                raise
            self.billed.append((error.unit, error.record))

    def _row(self, unit: Unit) -> Row | None:
        return self.past.row(unit)

    def _checked(self, unit: Unit) -> None:
        row = self._row(unit)
        with self._marking(row):
            check(unit, self._sights[unit.external_key], row)

    @contextmanager
    def _marking(self, row: Row | None) -> Iterator[None]:
        try:
            yield
        except RefusalError as error:
            self.marks.append((row, error))
            raise


async def plan(turn: Turn, session: Session, jobs: Sequence[Job]) -> None:
    """Plan all these tenants over one look at the PSA, and a second one where it has billed."""
    rows = await turn.rows(jobs)
    drafts = [_Draft(job, rows[job.tenant]) for job in jobs]
    for draft in drafts:
        with _only(draft):
            draft.outline(session)
    alive = [draft for draft in drafts if draft.error is None]
    sights = await look(session, [one for draft in alive for one in draft.sought()])
    bills = [draft.see(sights) for draft in alive]
    await session.prepare(bills)
    for draft, bill in zip(alive, bills, strict=True):
        with _only(draft):
            draft.compare(session, bill)
    await _offset(session, [draft for draft in alive if draft.billed and draft.error is None])
    for draft in (one for one in alive if one.error is None):
        with _only(draft):
            draft.tie()

    async def work(uow: UnitOfWork) -> None:
        for draft in drafts:
            await _conclude(turn, uow, draft)

    await turn.commit(work)


async def _offset(session: Session, drafts: Sequence[_Draft]) -> None:
    if not drafts:
        return
    sights = await look(session, [one for draft in drafts for one in draft.succession()])
    for draft in drafts:
        with _only(draft):
            await draft.succeed(session, sights)


@contextmanager
def _only(draft: _Draft) -> Iterator[None]:
    """What is wrong with one tenant stops only that one."""
    try:
        yield
    except RejectedError as error:
        draft.error = error
    except SynclineError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug in one tenant's conversion stops only that one
        structlog.get_logger().error(
            "a plan failed",
            exc_info=error,
            tenant=draft.job.tenant_id,
            invoice=draft.job.invoice_key,
        )
        draft.error = RefusalError(
            "bug",
            "Something went wrong on our side while this tenant was planned; nothing was written. "
            "The service's log has the cause.",
        )


async def _conclude(turn: Turn, uow: UnitOfWork, draft: _Draft) -> None:
    for row, mark in draft.marks:
        await turn.mark(uow, row, mark)
    if draft.error is not None or draft.plan is None:
        await turn.fail(uow, draft.job, draft.error or RejectedError("bug", "No plan was made."))
        return
    made = draft.plan
    await Plans(uow).save(draft.job, made, turn.now())
    turn.say(
        uow,
        draft.job,
        TenantPlannedV1,
        charge_set_version=made.charges.version,
        plan_hash=made.hash,
        writes=[step.told() for step in made.steps],
        total=made.total,
    )
    await Jobs(uow).done(draft.job)
