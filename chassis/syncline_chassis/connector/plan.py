"""The verb plan: what is wanted against what stands in the PSA. It writes nothing there."""

from collections.abc import Callable, Sequence
from functools import partial

import structlog
from syncline_contracts.charge import ChargeSet
from syncline_contracts.money import add, subtract, to_text
from syncline_contracts.tenant import TenantPlannedV1

from syncline_chassis.connector.jobs import Job, Jobs
from syncline_chassis.connector.ledger import Keys, Row
from syncline_chassis.connector.plans import Plan, Plans, Step
from syncline_chassis.connector.protocol import Bill, Session, Target, Unit
from syncline_chassis.connector.sight import (
    RefusalError,
    Sight,
    Sought,
    check,
    look,
    plan_step,
    removal_step,
)
from syncline_chassis.connector.turn import Turn
from syncline_chassis.errors import RejectedError
from syncline_chassis.unit_of_work import UnitOfWork


class _Draft:
    """One tenant on its way to a plan; an error ends it and nobody else."""

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.charges = ChargeSet.model_validate(job.payload["charge_set"])
        self.elsewhere = [
            row for row in rows if row.connection_id != job.connection_id and row.stands
        ]
        mine = [row for row in rows if row.connection_id == job.connection_id]
        self.keys = Keys(job.partner_id, job.connection_id, job.invoice_key, job.tenant_id, mine)
        self.units: list[Unit] = []
        self.vanished: list[Unit] = []
        """Written before, and no charge stands behind them any more."""
        self.bill = Bill(self.charges, ())
        self.plan: Plan | None = None
        self.error: RejectedError | None = None
        self.marks: list[tuple[Row | None, RefusalError]] = []

    def outline(self, session: Session) -> None:
        """Name the records that the charges become; a label that the ledger knows stays."""
        if self.elsewhere:
            raise RefusalError(
                "rejected",
                f"This tenant was written as {self.elsewhere[0].label} through the connection "
                f"{self.elsewhere[0].connection_id}. Undo that one first.",
            )
        self.units = []
        for unit in session.units(self.charges, self.keys.key):
            row = self.keys.row(unit.name)
            label = row.label if row else unit.label
            self.units.append(Unit(unit.name, unit.external_key, label))
        names = {unit.name for unit in self.units}
        self.vanished = [
            Unit(row.unit, row.external_key, row.label)
            for row in self.keys.rows()
            if row.unit not in names and row.may_stand
        ]

    def sought(self) -> list[Sought]:
        """What to look for."""
        units = (*self.units, *self.vanished)
        rows = [self.keys.row(unit.name) for unit in units]
        return [
            Sought(unit, row.ref if row else None) for unit, row in zip(units, rows, strict=True)
        ]

    def see(self, sights: dict[str, Sight]) -> None:
        """Note what was found, for the connector to build upon."""
        targets = []
        for unit in self.units:
            row, record = self.keys.row(unit.name), sights[unit.external_key].record
            current = None if record is None or record.gone else record
            targets.append(Target(unit, current, row.canonical if row and row.stands else None))
        self.bill = Bill(self.charges, tuple(targets))

    def decide(self, session: Session, sights: dict[str, Sight]) -> None:
        """Compare what is wanted with what is there, and with the charges to the cent."""
        steps: list[Step] = []
        for unit in self.units:
            self._checked(unit, sights)
        for wanted in session.desired(self.bill):
            row = self.keys.row(wanted.unit.name)
            steps.append(plan_step(wanted, sights[wanted.unit.external_key], row))
        steps += [removal_step(session, unit, sights[unit.external_key]) for unit in self.vanished]
        self.plan = Plan(self.charges, tuple(steps))
        charged = add(charge.sell for charge in self.charges.charges)
        off_by = subtract(self.plan.total, charged)
        if off_by or charged != self.charges.sell:
            raise RefusalError(
                "tie_out_failed",
                f"The records planned come to {to_text(self.plan.total)}, the charges to "
                f"{to_text(charged)} and their stated total is {to_text(self.charges.sell)}.",
                off_by=off_by or subtract(charged, self.charges.sell),
            )

    def _checked(self, unit: Unit, sights: dict[str, Sight]) -> None:
        row = self.keys.row(unit.name)
        try:
            check(unit, sights[unit.external_key], row)
        except RefusalError as error:
            self.marks.append((row, error))
            raise


async def plan(turn: Turn, session: Session, jobs: Sequence[Job]) -> None:
    """Plan all these tenants over one look at the PSA."""
    rows = await turn.rows(jobs)
    drafts = [_Draft(job, rows[job.tenant]) for job in jobs]
    for draft in drafts:
        _guarded(draft, partial(draft.outline, session))
    alive = [draft for draft in drafts if draft.error is None]
    sights = await look(session, [one for draft in alive for one in draft.sought()])
    for draft in alive:
        draft.see(sights)
    await session.prepare([draft.bill for draft in alive])
    for draft in alive:
        _guarded(draft, partial(draft.decide, session, sights))

    async def work(uow: UnitOfWork) -> None:
        for draft in drafts:
            await _conclude(turn, uow, draft)

    await turn.commit(work)


def _guarded(draft: _Draft, act: Callable[[], None]) -> None:
    try:
        act()
    except RejectedError as error:
        draft.error = error
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
