"""One tenant while its records are written or removed: each step with its ledger row."""

from dataclasses import dataclass, field, replace
from typing import Self

from syncline_contracts.money import ZERO, subtract, to_text

from syncline_chassis.connector.generations import Generations
from syncline_chassis.connector.jobs import Job
from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.look import Sight, Sought
from syncline_chassis.connector.plans import Plan, Step
from syncline_chassis.connector.protocol import Record
from syncline_chassis.connector.sight import RefusalError, is_removed, judge
from syncline_chassis.errors import RejectedError


@dataclass
class Item:
    """One step and where it stands."""

    step: Step
    row: Row
    charge_set_version: int
    """Of the charges that the plan is for; noted on the row once they stand in the PSA."""
    record: Record | None = None
    """Once it is in the PSA as planned."""
    removed: bool = False
    """Once it is gone from there as planned."""
    error: RejectedError | None = None
    waits: bool = False
    """Sent, and nobody knows what became of it."""

    @property
    def open(self) -> bool:
        """Still to be sent."""
        return not self.settled and self.error is None and not self.waits

    @property
    def settled(self) -> bool:
        """The PSA is as planned."""
        return self.removed or self.record is not None

    def sought(self) -> Sought:
        """What to look for."""
        unit = replace(self.step.unit, label=self.row.label)
        return Sought.of(unit, self.row, self.step.ref)

    @property
    def offsets(self) -> bool:
        """It takes a billed record back."""
        return bool(self.step.unit.offsets)


@dataclass
class Task:
    """One job that changes the PSA."""

    job: Job
    plan_hash: str
    """Names what is carried out: a plan, or a reversal."""
    charge_set_version: int
    items: list[Item]
    done_before: tuple[Row, ...] = ()
    """What this job removed before it was interrupted."""
    gone: tuple[Row, ...] = ()
    """What somebody else took away; noted as removed once it is sure that the rest goes on."""
    marks: list[tuple[Row, RefusalError]] = field(default_factory=list)
    """What the ledger is to say of records that were taken back, where nothing is sent."""
    refusal: RejectedError | None = None
    """Why nothing of it is sent at all."""

    @classmethod
    def of(cls, job: Job, plan: Plan, past: Generations) -> Self:
        """A ledger row for each step: the one that is there, or one not stored yet."""
        version = plan.charges.version
        items = [Item(step, row_of(job, step, past), version) for step in plan.steps]
        return cls(job, plan.hash, version, items)

    def look(self, sights: dict[str, Sight]) -> None:
        """Sort out what is still to be sent. The first refusal stops the whole tenant."""
        for item in self.items:
            sight = sights[item.step.unit.external_key]
            try:
                if item.step.action == "delete":
                    item.removed = is_removed(item.step, sight)
                else:
                    item.record = judge(item.step, sight, item.row)
            except RefusalError as error:
                item.error = error

    @property
    def error(self) -> RejectedError | None:
        """Why the tenant fails, if it does."""
        errors = (item.error for item in self.items if item.error is not None)
        return self.refusal or next(errors, None)

    @property
    def waits(self) -> bool:
        """An answer was lost."""
        return any(item.waits for item in self.items)

    @property
    def is_taken_back(self) -> bool:
        """Whatever was billed and must not be is taken back."""
        return all(item.settled for item in self.items if item.offsets)

    @property
    def finished(self) -> bool:
        """Nothing is left to send or to wait for; a refused offset ends it before the rest."""
        offsets = [item for item in self.items if item.offsets]
        is_stopped = any(item.error is not None for item in offsets)
        left = offsets if is_stopped else self.items
        return not self.waits and not any(item.open for item in left)


def row_of(job: Job, step: Step, past: Generations) -> Row:
    """The ledger's row of a step, or one not stored yet."""
    unit = step.unit
    return past.row(unit) or Row(
        partner_id=job.partner_id,
        connection_id=job.connection_id,
        invoice_key=job.invoice_key,
        invoice_no=job.invoice_no,
        tenant_id=job.tenant_id,
        unit=unit.name,
        generation=unit.generation,
        external_key=unit.external_key,
        label=unit.label,
        offsets=unit.offsets,
    )


def off_by_a_cent(item: Item, record: Record) -> RefusalError | None:
    """The PSA's own amount against the plan."""
    off_by = subtract(record.amount, item.step.amount)
    if off_by == ZERO:
        return None
    return RefusalError(
        "tie_out_failed",
        f"{record.label} was written, and the PSA says that it comes to {to_text(record.amount)} "
        f"before tax; planned was {to_text(item.step.amount)}. Look at the record there, "
        "then plan again.",
        off_by=off_by,
    )
