"""Staged batches: compressed, under a run that nobody sees until its document is committed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from syncline_chassis.mongo import Database, Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.money import to_text

from syncline_ingest.staged import StagedBatch

STAGED = "staged_batches"
RUNS = "staging_runs"
INDEXES = (
    Index(STAGED, (("partner_id", 1), ("run_id", 1), ("seq", 1)), unique=True),
    Index(RUNS, (("started_at", 1),)),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to take a document in."""

    run_id: str
    partner_id: str
    sha256: str


class Staging:
    """Staged batches and the runs that they belong to."""

    def __init__(self, database: Database) -> None:
        self._staged = database.collection(STAGED)
        self._runs = database.collection(RUNS)

    async def begin(self, run: Run, now: datetime) -> None:
        """Note the run down before anything is staged, so that it can be swept up."""
        await self._runs.insert_one(
            {
                "_id": run.run_id,
                "partner_id": run.partner_id,
                "sha256": run.sha256,
                "started_at": now,
            }
        )

    async def add(self, run: Run, batches: Sequence[StagedBatch]) -> None:
        """Store several batches in one call."""
        await self._staged.insert_many([_to_row(run, batch) for batch in batches])

    async def after(self, partner_id: str, run_id: str, seq: int) -> AsyncIterator[StagedBatch]:
        """Batches of a run past `seq`, in order."""
        rows = self._staged.iterate(
            {"partner_id": partner_id, "run_id": run_id, "seq": {"$gt": seq}},
            sort=[("seq", 1)],
            batch_size=32,
        )
        async for row in rows:
            yield _from_row(row)

    async def drop(self, partner_id: str, run_id: str) -> None:
        """Remove a run with all that it staged; the run last, for it is what leads there."""
        await self._staged.delete_many({"partner_id": partner_id, "run_id": run_id})
        await self._runs.delete_one({"partner_id": partner_id, "_id": run_id})

    async def started_before(self, before: datetime) -> list[Run]:
        """Runs that may have been left behind: over all partners, names only."""
        rows = await self._runs.find(
            {"started_at": {"$lt": before}}, sort=[("started_at", 1)], limit=100
        )
        return [Run(row["_id"], row["partner_id"], row["sha256"]) for row in rows]


async def keep(uow: UnitOfWork, run: Run) -> bool:
    """Take a run out of the sweeper's reach, with the commit; False where it was swept already."""
    gone = await uow.collection(RUNS).delete_one({"partner_id": run.partner_id, "_id": run.run_id})
    return gone == 1


def _to_row(run: Run, batch: StagedBatch) -> Document:
    return {
        "_id": f"{run.run_id}/{batch.seq:08}",
        "partner_id": run.partner_id,
        "run_id": run.run_id,
        "seq": batch.seq,
        "tenant_id": batch.tenant_id,
        "batch_no": batch.batch_no,
        "pricing_currency": batch.pricing_currency,
        "fx_rate": batch.fx_rate,
        "lines": batch.lines,
        "cost": to_text(batch.cost),
        "packed": batch.packed,
    }


def _from_row(row: Document) -> StagedBatch:
    return StagedBatch(
        seq=row["seq"],
        tenant_id=row["tenant_id"],
        batch_no=row["batch_no"],
        pricing_currency=row["pricing_currency"],
        fx_rate=row["fx_rate"],
        lines=row["lines"],
        cost=Decimal(row["cost"]),
        packed=bytes(row["packed"]),
    )
