"""Plans: the exact writes for one tenant, under the hash that an approval names."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from syncline_contracts.charge import ChargeSet
from syncline_contracts.identity import tenant_key
from syncline_contracts.money import add, to_text
from syncline_contracts.stream import THIRTEEN_MONTHS
from syncline_contracts.tenant import PlannedWrite, WriteAction

from syncline_chassis.connector.difference import stable
from syncline_chassis.connector.jobs import Job
from syncline_chassis.connector.protocol import Canonical, Unit, Write
from syncline_chassis.mongo import Index
from syncline_chassis.unit_of_work import UnitOfWork

PLANS = "plans"
INDEXES = (Index(PLANS, (("at", 1),), expire_after_s=int(THIRTEEN_MONTHS.total_seconds())),)


@dataclass(frozen=True, slots=True)
class Step:
    """One write of a plan."""

    action: WriteAction
    unit: Unit
    ref: str | None
    amount: Decimal
    canonical: Canonical
    request: dict[str, object]
    notes: Canonical = field(default_factory=dict)
    before: Canonical | None = None
    amount_before: Decimal | None = None

    def content(self) -> dict[str, object]:
        """What the hash is taken over."""
        return {
            "action": self.action,
            "external_key": self.unit.external_key,
            "ref": self.ref,
            "amount": to_text(self.amount),
            "canonical": self.canonical,
            "before": self.before,
            "amount_before": None if self.amount_before is None else to_text(self.amount_before),
            "request": self.request,
        }

    def write(self) -> Write:
        """As it goes to the vendor."""
        return Write(
            self.action, self.unit.external_key, self.unit.label, self.ref, dict(self.request)
        )

    def told(self) -> PlannedWrite:
        """As the event tells it."""
        return PlannedWrite(
            action=self.action,
            external_key=self.unit.external_key,
            ref=self.ref,
            label=self.unit.label,
            amount=self.amount,
            amount_before=self.amount_before,
            before=self.before,
            after={**self.canonical, **self.notes},
            request=self.request or None,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Every write for one tenant, over the PSA as it stood."""

    charges: ChargeSet
    steps: tuple[Step, ...]

    @property
    def total(self) -> Decimal:
        """Of all records after the writes, before tax."""
        return add(step.amount for step in self.steps)

    @property
    def hash(self) -> str:
        """Names exactly these writes over exactly this state of the PSA."""
        content = {
            "charge_set_version": self.charges.version,
            "steps": [step.content() for step in self.steps],
        }
        return hashlib.sha256(stable(content).encode()).hexdigest()


class Plans:
    """Stored plans, in one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(PLANS)

    async def save(self, job: Job, plan: Plan, at: datetime) -> None:
        """Keep it for as long as somebody may ask what was approved."""
        await self._rows.update_one(
            {"_id": _id(job, plan.hash), "partner_id": job.partner_id},
            {
                "$set": {
                    "at": at,
                    "invoice_key": job.invoice_key,
                    "tenant_id": job.tenant_id,
                    "charges": plan.charges.model_dump(mode="json"),
                    "steps": [_row(step) for step in plan.steps],
                }
            },
            upsert=True,
        )

    async def of_jobs(self, partner_id: str, jobs: Sequence[Job]) -> dict[str, Plan]:
        """The plans that apply jobs name, by job id; one that is not there is missing."""
        ids = {_id(job, str(job.payload["plan_hash"])): job.job_id for job in jobs}
        rows = await self._rows.find({"_id": {"$in": list(ids)}, "partner_id": partner_id})
        return {
            ids[row["_id"]]: Plan(
                ChargeSet.model_validate(row["charges"]),
                tuple(_step(step) for step in row["steps"]),
            )
            for row in rows
        }


def _step(row: dict[str, Any]) -> Step:
    before = row["amount_before"]
    return Step(
        **{
            **row,
            "unit": Unit(**row["unit"]),
            "amount": Decimal(row["amount"]),
            "amount_before": None if before is None else Decimal(before),
        }
    )


def _row(step: Step) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(step, name) for name in step.__slots__}
    return {
        **fields,
        "unit": {name: getattr(step.unit, name) for name in step.unit.__slots__},
        "amount": to_text(step.amount),
        "amount_before": None if step.amount_before is None else to_text(step.amount_before),
    }


def _id(job: Job, plan_hash: str) -> str:
    return "/".join(
        (job.partner_id, job.connection_id, job.invoice_key, tenant_key(job.tenant_id), plan_hash)
    )
