"""The verb apply: carry an approved plan out, exactly once, whatever the vendor does.

Find before every create; `intended` before, `sending` right before the call, `written` after it.
A lost answer stays `sending` until the vendor has had time to settle and we have looked again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from syncline_contracts.tenant import TenantSyncStartedV1

from syncline_chassis.connector.generations import Generations
from syncline_chassis.connector.jobs import Job
from syncline_chassis.connector.ledger import Ledger
from syncline_chassis.connector.look import look
from syncline_chassis.connector.plans import Plans
from syncline_chassis.connector.protocol import Session
from syncline_chassis.connector.sending import Move, Sending, advance
from syncline_chassis.connector.sight import RefusalError
from syncline_chassis.connector.task import Item, Task
from syncline_chassis.connector.turn import Turn
from syncline_chassis.unit_of_work import UnitOfWork


async def apply(turn: Turn, session: Session, jobs: Sequence[Job]) -> None:
    """Carry out the plans of all these tenants over one look at the PSA."""
    tasks = await settled(turn, await _tasks(turn, jobs))
    if not tasks:
        return
    sights = await look(session, [item.sought() for task in tasks for item in task.items])
    for task in tasks:
        task.look(sights)
    await begin(turn, tasks)
    await Sending(turn, session).run([task for task in tasks if task.error is None])


async def _tasks(turn: Turn, jobs: Sequence[Job]) -> list[Task]:
    plans = await Plans(turn.service.reading()).of_jobs(turn.partner_id, jobs)
    rows = await turn.rows(jobs)
    tasks, unknown = [], []
    for job in jobs:
        if job.job_id not in plans:
            unknown.append(job)
            continue
        mine = [row for row in rows[job.tenant] if row.connection_id == job.connection_id]
        past = Generations(job.partner_id, job.connection_id, job.invoice_key, job.tenant_id, mine)
        tasks.append(Task.of(job, plans[job.job_id], past))

    async def work(uow: UnitOfWork) -> None:
        for job in unknown:
            text = "There is no plan with this hash for this tenant. Plan again."
            await turn.fail(uow, job, RefusalError("stale_plan", text))

    if unknown:
        await turn.commit(work)
    return tasks


async def settled(turn: Turn, tasks: Sequence[Task]) -> list[Task]:
    """Leave out who was sent so lately that the vendor may still be storing it."""
    ready: list[Task] = []
    for task in tasks:
        sent = [item.row.sent_at for item in task.items if item.row.state == "sending"]
        latest = max((at for at in sent if at is not None), default=None)
        wait = timedelta(seconds=turn.manifest.settle_s)
        if latest is not None and latest + wait > turn.now():
            await turn.put_off([task.job], (latest + wait - turn.now()).total_seconds())
        else:
            ready.append(task)
    return ready


async def begin(turn: Turn, tasks: Sequence[Task]) -> None:
    """Refuse what has moved; for the others say that it begins, and note the intent."""
    moves = []
    for task in tasks:
        for item in task.items:
            if task.error is not None:
                moves += _given_up(item)
            elif item.open:
                moves.append(_intent(task, item))

    async def say(uow: UnitOfWork) -> None:
        for task in tasks:
            if task.error is not None:
                for row, refusal in task.marks:
                    await turn.mark(uow, row, refusal)
                await turn.fail(uow, task.job, task.error)
            else:
                for row in task.gone:
                    entry = {"found": False, "why": "Somebody took it away."}
                    await Ledger(uow).step(row, "removed", turn.now(), entry=entry)
                turn.say(uow, task.job, TenantSyncStartedV1, plan_hash=task.plan_hash)

    await advance(turn, moves, say)


def _given_up(item: Item) -> list[Move]:
    """What the ledger says of a write that our own rules stop."""
    row, error = item.row, item.error
    if error is None or row.step == 0:
        return []
    if error.code == "drifted" or error.code == "duplicated":
        return [Move(item, error.code, {"why": error.detail}, row.doubt)]  # type: ignore[arg-type]
    if row.state in ("intended", "sending"):
        return [Move(item, "failed", {"why": error.detail}, row.doubt)]
    return []


def _intent(task: Task, item: Item) -> Move:
    step = item.step
    # What stands in the PSA stays on the row until the new content is written.
    content: dict[str, Any] = item.row.doubt
    if not item.row.stands and step.action != "delete":
        content |= {"amount": step.amount, "canonical": step.canonical}
    entry = {"action": step.action, "plan_hash": task.plan_hash}
    return Move(item, "intended", entry, {**content, "plan_hash": task.plan_hash})
