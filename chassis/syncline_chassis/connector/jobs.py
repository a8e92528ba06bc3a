"""Jobs: work that a command asked for, as rows; a worker does them, batched, when they are due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self

from syncline_contracts.identity import new_id, tenant_key
from syncline_contracts.message import Headers
from syncline_contracts.tenant import ConnectorCommand

from syncline_chassis.mongo import Index
from syncline_chassis.unit_of_work import UnitOfWork

JOBS = "jobs"
INDEXES = (
    Index(JOBS, (("due_at", 1),)),
    Index(JOBS, (("partner_id", 1), ("connection_id", 1), ("due_at", 1))),
)
NEXT = "next"
Kind = Literal["plan", "apply", "verify", "reverse"]


@dataclass(frozen=True, slots=True)
class Job:
    """One verb for one tenant on one invoice."""

    job_id: str
    kind: Kind
    partner_id: str
    connection_id: str
    invoice_key: str
    invoice_no: str
    tenant_id: str
    request_id: str
    payload: dict[str, Any]
    """What the verb needs: a charge set, or a plan's hash."""
    cause: Headers
    created_at: datetime
    due_at: datetime
    order: str
    attempts: int = 0
    alone: bool = False
    """It failed in company: it is done by itself, so that it cannot stop the others."""

    @property
    def tenant(self) -> tuple[str, str]:
        """Tenant on invoice."""
        return self.invoice_key, self.tenant_id

    @property
    def is_next_look(self) -> bool:
        """Nobody asked for it: it follows an earlier verification."""
        return self.job_id.endswith(f"/{NEXT}")

    @classmethod
    def of(
        cls,
        kind: Kind,
        command: ConnectorCommand,
        payload: dict[str, Any],
        cause: Headers,
        now: datetime,
    ) -> Self:
        """The job that a command asks for."""
        return cls(
            job_id=_id(
                kind,
                command.partner_id,
                command.connection_id,
                command.invoice_key,
                command.tenant_id,
                command.request_id,
            ),
            kind=kind,
            partner_id=command.partner_id,
            connection_id=command.connection_id,
            invoice_key=command.invoice_key,
            invoice_no=command.invoice_no,
            tenant_id=command.tenant_id,
            request_id=command.request_id,
            payload=payload,
            cause=cause,
            created_at=now,
            due_at=now,
            order=new_id(),
        )

    def then(self, kind: Kind, now: datetime, **payload: Any) -> Self:
        """Another verb that follows this one, for the same request."""
        return replace(
            self,
            job_id=_id(
                kind,
                self.partner_id,
                self.connection_id,
                self.invoice_key,
                self.tenant_id,
                self.request_id,
            ),
            kind=kind,
            payload=payload,
            due_at=now,
            order=new_id(),
            attempts=0,
            alone=False,
        )

    def next_look(self, now: datetime, due_at: datetime) -> Self:
        """The next verification that nobody has to ask for; a tenant waits for one at most."""
        return replace(
            self.then("verify", now),
            job_id=_id(
                "verify",
                self.partner_id,
                self.connection_id,
                self.invoice_key,
                self.tenant_id,
                NEXT,
            ),
            request_id=new_id(),
            due_at=due_at,
        )

    @classmethod
    def load(cls, row: dict[str, Any]) -> Self:
        """Read a row."""
        fields = {name: row[name] for name in cls.__slots__ if name not in ("job_id", "cause")}
        return cls(job_id=row["_id"], cause=Headers.parse(row["cause"]), **fields)

    def row(self) -> dict[str, Any]:
        """Write a row."""
        names = [name for name in self.__slots__ if name not in ("job_id", "cause")]
        fields = {name: getattr(self, name) for name in names}
        return {"_id": self.job_id, "cause": self.cause.to_wire(), **fields}


class Jobs:
    """The rows of one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(JOBS)

    async def add(self, job: Job) -> None:
        """Add it, unless it is there."""
        row = job.row()
        key = {"_id": row.pop("_id"), "partner_id": row.pop("partner_id")}
        await self._rows.update_one(key, {"$setOnInsert": row}, upsert=True)

    async def put(self, job: Job) -> None:
        """Add it in place of the one that bears its id."""
        row = job.row()
        key = {"_id": row.pop("_id"), "partner_id": row.pop("partner_id")}
        await self._rows.update_one(key, {"$set": row}, upsert=True)

    async def due(
        self, partner_id: str, connection_id: str, now: datetime, limit: int
    ) -> list[Job]:
        """The oldest jobs that are due for a connection."""
        rows = await self._rows.find(
            {
                "partner_id": partner_id,
                "connection_id": connection_id,
                "due_at": {"$lte": now},
            },
            sort=[("order", 1)],
            limit=limit,
        )
        return [Job.load(row) for row in rows]

    async def waiting_connections(self, now: datetime) -> list[tuple[str, str]]:
        """Connections with due jobs, the longest waiting first.

        The only look across partners: it learns names of connections, nothing of what they hold.
        """
        found = await self._rows.aggregate(
            [
                {"$match": {"due_at": {"$lte": now}}},
                {
                    "$group": {
                        "_id": {"partner_id": "$partner_id", "connection_id": "$connection_id"},
                        "since": {"$min": "$due_at"},
                    }
                },
                {"$sort": {"since": 1}},
            ]
        )
        return [(one["_id"]["partner_id"], one["_id"]["connection_id"]) for one in found]

    async def put_off(self, job: Job, until: datetime, **changes: Any) -> None:
        """Do it later; `changes` are fields of the job."""
        await self._rows.update_one(
            {"_id": job.job_id, "partner_id": job.partner_id},
            {"$set": {"due_at": until, **changes}},
        )

    async def still_there(self, partner_id: str, jobs: Sequence[Job]) -> set[str]:
        """Ids of those that are not done yet."""
        rows = await self._rows.find(
            {"_id": {"$in": [job.job_id for job in jobs]}, "partner_id": partner_id},
            projection={"_id": 1},
        )
        return {row["_id"] for row in rows}

    async def done(self, job: Job) -> None:
        """Forget it."""
        await self._rows.delete_one({"_id": job.job_id, "partner_id": job.partner_id})

    async def wake(self, partner_id: str, connection_id: str, now: datetime) -> None:
        """Everything that waits for this connection is due now."""
        await self._rows.update_many(
            {
                "partner_id": partner_id,
                "connection_id": connection_id,
                "due_at": {"$gt": now},
            },
            {"$set": {"due_at": now}},
        )


def batch_of(jobs: Sequence[Job]) -> list[Job]:
    """What can be done together with the oldest: one verb, each tenant once, nobody's alone."""
    if not jobs:
        return []
    first = jobs[0]
    if first.alone:
        return [first]
    batch: dict[tuple[str, str], Job] = {}
    for job in jobs:
        if job.kind == first.kind and not job.alone:
            batch.setdefault(job.tenant, job)
    return list(batch.values())


def _id(kind: str, partner: str, connection: str, invoice: str, tenant: str, request: str) -> str:
    return "/".join((kind, partner, connection, invoice, tenant_key(tenant), request))
