"""A turn: one worker, one lease, one connection; every change of state is fenced by the lease."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, get_args

from syncline_contracts.tenant import (
    ConnectorFact,
    Drift,
    FailureCode,
    TenantDriftedV1,
    TenantSyncFailedV1,
)

from syncline_chassis.connector.jobs import Job, Jobs
from syncline_chassis.connector.leases import Lease
from syncline_chassis.connector.ledger import Ledger, Row
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.connector.sight import RefusalError
from syncline_chassis.errors import RejectedError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork

T = TypeVar("T")
WORKER = "connector-jobs"
Tenant = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a verb works with."""

    service: Service
    manifest: Manifest
    partner_id: str
    connection_id: str
    lease: Lease
    verify_every: timedelta

    def now(self) -> datetime:
        """The time."""
        return self.service.clock.now()

    async def commit(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """One transaction that fails if the lease is no longer ours."""

        async def fenced(uow: UnitOfWork) -> T:
            await self.lease.fence(uow)
            return await work(uow)

        return await self.service.in_transaction(fenced)

    async def rows(self, jobs: Sequence[Job]) -> dict[Tenant, list[Row]]:
        """Ledger rows of these tenants."""
        ledger = Ledger(self.service.reading())
        return await ledger.of_tenants(self.partner_id, [job.tenant for job in jobs])

    async def put_off(self, jobs: Sequence[Job], seconds: float, **changes: Any) -> None:
        """Do these later."""
        if jobs:
            await self.commit(partial(self.delay, jobs=jobs, seconds=seconds, **changes))

    async def delay(
        self, uow: UnitOfWork, jobs: Sequence[Job], seconds: float, **changes: Any
    ) -> None:
        """Do these later, within a transaction."""
        until = self.now() + timedelta(seconds=seconds)
        for job in jobs:
            await Jobs(uow).put_off(job, until, attempts=job.attempts + 1, **changes)
        asyncio.get_running_loop().call_later(seconds + 0.01, self.service.wake, WORKER)

    def say(self, uow: UnitOfWork, job: Job, kind: type[ConnectorFact], **body: Any) -> None:
        """Publish a fact about a job's tenant, as caused by the command behind it."""
        uow.cause = job.cause
        uow.publish(
            kind.model_validate(
                {
                    "partner_id": job.partner_id,
                    "invoice_key": job.invoice_key,
                    "invoice_no": job.invoice_no,
                    "tenant_id": job.tenant_id,
                    "connector": self.manifest.name,
                    "connection_id": job.connection_id,
                    "request_id": job.request_id,
                    **body,
                }
            )
        )

    async def fail(self, uow: UnitOfWork, job: Job, error: RejectedError) -> None:
        """Say in words why a job ends without success, and forget it."""
        refusal = error if isinstance(error, RefusalError) else None
        if refusal is not None and refusal.drift is not None:
            self.drifted(uow, job, [refusal.drift])
        off_by = refusal.off_by if refusal is not None else None
        self.say(
            uow,
            job,
            TenantSyncFailedV1,
            stage=job.kind,
            code=failure_code(error.code),
            message=error.detail,
            plan_hash=job.payload.get("plan_hash"),
            off_by=off_by if isinstance(off_by, Decimal) else None,
        )
        await Jobs(uow).done(job)

    def drifted(self, uow: UnitOfWork, job: Job, drifts: Sequence[Drift]) -> None:
        """Say what a person changed in the PSA."""
        self.say(uow, job, TenantDriftedV1, drifts=[drift.model_dump() for drift in drifts])

    async def mark(self, uow: UnitOfWork, row: Row | None, error: RefusalError) -> None:
        """Let the ledger say that a record is gone or there twice."""
        if row is None or error.code not in ("drifted", "duplicated"):
            return
        state: Any = error.code
        if row.state != state:
            why = {"why": error.detail}
            await Ledger(uow).step(row, state, self.now(), entry=why, **row.doubt)


def failure_code(code: str) -> FailureCode:
    """The contract's code for an error's; `rejected` for one that the contract does not name."""
    known: dict[str, FailureCode] = {name: name for name in get_args(FailureCode)}
    return known.get(code, "rejected")
