"""The verb verify: read everything written back, by id, and compare to the cent. No repairs.

It comes again by itself until the PSA has invoiced what was written, or nothing stands any more.
"""

from collections.abc import Mapping, Sequence

from syncline_contracts.money import add, to_text
from syncline_contracts.tenant import TenantVerifiedV1

from syncline_chassis.connector.generations import living, unit_of
from syncline_chassis.connector.jobs import Job, Jobs
from syncline_chassis.connector.ledger import Ledger, Row, State
from syncline_chassis.connector.look import Sight, Sought, look
from syncline_chassis.connector.protocol import Session
from syncline_chassis.connector.sight import RefusalError, drift_of
from syncline_chassis.connector.turn import Turn
from syncline_chassis.unit_of_work import UnitOfWork

WRONG: tuple[State, ...] = ("drifted", "duplicated")


async def verify(turn: Turn, session: Session, jobs: Sequence[Job]) -> None:
    """Read back what these tenants have in the PSA."""
    every = await turn.rows(jobs)
    rows = {
        job.tenant: [
            row
            for row in every[job.tenant]
            if row.connection_id == job.connection_id and row.stands
        ]
        for job in jobs
    }
    sought = [Sought.of(unit_of(row), row) for found in rows.values() for row in found]
    sights = await look(session, sought)

    async def work(uow: UnitOfWork) -> None:
        for job in jobs:
            await _compare(turn, uow, job, rows[job.tenant], sights)

    await turn.commit(work)


async def _compare(
    turn: Turn,
    uow: UnitOfWork,
    job: Job,
    rows: Sequence[Row],
    sights: Mapping[str, Sight],
) -> None:
    if not rows:
        await _nothing(turn, uow, job)
        return
    drifts, is_final = [], True
    for row in rows:
        sight = sights[row.external_key]
        drift, record = drift_of(row, sight), sight.record
        is_final = is_final and drift is None and record is not None and record.locked
        entry: dict[str, object] = {"status": record.status if record else "missing"}
        if drift is not None:
            drifts.append(drift)
            entry |= {"why": drift.what, "off_by": to_text(drift.off_by)}
        state: State = "verified" if drift is None else "drifted"
        await Ledger(uow).step(row, state, turn.now(), entry=entry)
    if drifts:
        turn.drifted(uow, job, drifts)
    elif living(rows) or not job.is_next_look or any(row.state in WRONG for row in rows):
        # What was all taken back is not a sync any more: of it only a change is news.
        turn.say(
            uow,
            job,
            TenantVerifiedV1,
            charge_set_version=max(row.charge_set_version for row in rows),
            records=[row.record() for row in rows],
            total=add(row.amount for row in rows),
        )
    await Jobs(uow).done(job)
    if not is_final:
        await Jobs(uow).put(job.next_look(turn.now(), turn.now() + turn.verify_every))


async def _nothing(turn: Turn, uow: UnitOfWork, job: Job) -> None:
    """Nothing of it stands, and the ledger is all there is to look at."""
    version = job.payload.get("charge_set_version")
    if version is not None:  # right after a sync that had nothing to write, or took all away
        turn.say(uow, job, TenantVerifiedV1, charge_set_version=version, records=(), total=add(()))
    elif not job.is_next_look:  # that one comes once more after a reversal
        error = RefusalError("rejected", "Nothing was written for this tenant: sync it first.")
        await turn.fail(uow, job, error)
        return
    await Jobs(uow).done(job)
