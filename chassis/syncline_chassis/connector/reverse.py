"""The verb reverse: take away what a tenant has in the PSA, exactly once. Asked again: nothing."""

from collections.abc import Mapping, Sequence

from syncline_chassis.connector.apply import begin, settled
from syncline_chassis.connector.jobs import Job
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.protocol import Session, Unit
from syncline_chassis.connector.sending import Sending
from syncline_chassis.connector.sight import RefusalError, Sight, Sought, look, removal_step
from syncline_chassis.connector.task import Item, Task
from syncline_chassis.connector.turn import Turn


async def reverse(turn: Turn, session: Session, jobs: Sequence[Job]) -> None:
    """Remove the records of all these tenants over one look at the PSA."""
    rows = await turn.rows(jobs)
    mine = {job.job_id: _standing(job, rows[job.tenant]) for job in jobs}
    sights = await look(
        session, [Sought(_unit(row), row.ref) for found in mine.values() for row in found]
    )
    tasks = [_task(session, job, mine[job.job_id], rows[job.tenant], sights) for job in jobs]
    tasks = await settled(turn, tasks)
    for task in tasks:
        task.look(sights)
    await begin(turn, tasks)
    await Sending(turn, session).run([task for task in tasks if task.error is None])


def _task(
    session: Session,
    job: Job,
    standing: Sequence[Row],
    rows: Sequence[Row],
    sights: Mapping[str, Sight],
) -> Task:
    """Removals of what stands; what this very request removed before a restart counts as well."""
    name = f"reverse/{job.request_id}"
    before = [row for row in rows if row.state == "removed" and row.plan_hash == name]
    version = max((row.charge_set_version for row in (*standing, *before)), default=1)
    task = Task(job, name, version, [], tuple(row.record() for row in before))
    for row in standing:
        try:
            step = removal_step(session, _unit(row), sights[row.external_key])
        except RefusalError as error:
            task.refusal = error
            return task
        task.items.append(Item(step, row, row.charge_set_version))
    return task


def _standing(job: Job, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.connection_id == job.connection_id and row.may_stand]


def _unit(row: Row) -> Unit:
    return Unit(row.unit, row.external_key, row.label)
