"""The verb reverse: leave nothing of a tenant in the PSA, exactly once. Asked again: nothing.

What can still be deleted is deleted; what the PSA has billed is taken back by an offset beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syncline_chassis.connector.apply import begin, settled
from syncline_chassis.connector.generations import Generations, living, unit_of
from syncline_chassis.connector.jobs import Job
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.look import Sight, Sought, look
from syncline_chassis.connector.plans import Step
from syncline_chassis.connector.protocol import Record, Session, Unit
from syncline_chassis.connector.sending import Sending
from syncline_chassis.connector.sight import (
    BilledError,
    RefusalError,
    billed_step,
    closed_step,
    offset_step,
    removal_step,
)
from syncline_chassis.connector.task import Item, Task, row_of
from syncline_chassis.connector.turn import Turn
from syncline_chassis.errors import RejectedError


class _Reversal:
    """One tenant on its way to nothing."""

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.rows = mine = [row for row in rows if row.connection_id == job.connection_id]
        self.past = self._generations()
        self.standing = self.past.standing()
        name = f"reverse/{job.request_id}"
        # What this very request did before a restart counts as well.
        before = [row for row in mine if row.plan_hash == name and row.state == "removed"]
        version = max((row.charge_set_version for row in (*living(mine), *before)), default=1)
        self.task = Task(job, name, version, [], tuple(before))
        self.billed: list[tuple[Unit, Record]] = []

    def sought(self) -> list[Sought]:
        """What may stand, and what was taken back before."""
        closed = [unit_of(row) for row in self.past.closed]
        return [self.past.sought(unit) for unit in (*self.standing, *closed)]

    def doubted(self, sights: Mapping[str, Sight]) -> list[Sought]:
        """What is looked at twice: an offset must not follow from one look that is not true."""
        missed = [row for row in self.past.closed if not sights[row.external_key].stands]
        odd = [unit for unit in self.standing if self._is_billed_otherwise(unit, sights)]
        return [Sought(unit_of(row)) for row in missed] + [self.past.sought(unit) for unit in odd]

    def _is_billed_otherwise(self, unit: Unit, sights: Mapping[str, Sight]) -> bool:
        row, record = self.past.row(unit), sights[unit.external_key].record
        return bool(row and record and record.locked and record.amount != row.amount)

    def forget(self, sights: Mapping[str, Sight]) -> None:
        """What somebody took away takes nothing back, and needs no offset."""
        gone = [row for row in self.past.closed if not sights[row.external_key].stands]
        removed = [replace(row, state="removed") if row in gone else row for row in self.rows]
        self.rows, self.task.gone = removed, tuple(gone)
        self.past = self._generations()
        self.standing = self.past.standing()

    def compare(self, session: Session, sights: Mapping[str, Sight]) -> None:
        """Remove what can be removed; note what is billed. Raises `RefusalError`."""
        for row in self.past.closed:
            try:
                self._add(closed_step(unit_of(row), row, sights[row.external_key]))
            except RefusalError as error:
                self.task.marks.append((row, error))
                raise
        for unit in self.standing:
            if unit in self._offsets():  # half way there: it goes on
                continue
            try:
                self._add(removal_step(session, unit, sights[unit.external_key]))
            except BilledError as error:
                if unit.offsets:
                    raise
                self.billed.append((unit, error.record))

    def offsets_sought(self) -> list[Sought]:
        """Offsets that may be there already."""
        return [self.past.sought(unit) for unit in self._offsets()]

    async def offset(self, session: Session, sights: Mapping[str, Sight]) -> None:
        """Take back what is billed."""
        for unit, record in self.billed:
            row = self.past.row(unit)
            self._add(billed_step(unit, record, row.canonical if row else record.canonical))
            wanted = await session.offset(self.past.offset(unit), record)
            sight = sights[wanted.unit.external_key]
            self._add(offset_step(wanted, sight, self.past.row(wanted.unit)))

    def _offsets(self) -> list[Unit]:
        return [self.past.offset(unit) for unit, _ in self.billed]

    def _generations(self) -> Generations:
        job = self.job
        return Generations(
            job.partner_id, job.connection_id, job.invoice_key, job.tenant_id, self.rows
        )

    def _add(self, step: Step) -> None:
        row = row_of(self.job, step, self.past)
        version = row.charge_set_version if row.step else self.task.charge_set_version
        self.task.items.append(Item(step, row, version))


async def reverse(turn: Turn, session: Session, jobs: Sequence[Job]) -> None:
    """Reverse all these tenants over one look at the PSA, and a second one where it has billed."""
    rows = await turn.rows(jobs)
    found = [_Reversal(job, rows[job.tenant]) for job in jobs]
    sights = await look(session, [sought for one in found for sought in one.sought()])
    sights |= await look(session, [sought for one in found for sought in one.doubted(sights)])
    for one in found:
        one.forget(sights)
        try:
            one.compare(session, sights)
        except RejectedError as error:
            one.task.refusal = error
    billed = [one for one in found if one.billed and one.task.refusal is None]
    if billed:
        sights |= await look(session, [sought for one in billed for sought in one.offsets_sought()])
    for one in billed:
        try:
            await one.offset(session, sights)
        except RejectedError as error:
            one.task.refusal = error
    tasks = await settled(turn, [one.task for one in found])
    for task in tasks:
        task.look(sights)
    await begin(turn, tasks)
    await Sending(turn, session).run([task for task in tasks if task.error is None])
