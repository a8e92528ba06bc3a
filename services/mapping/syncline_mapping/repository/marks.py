"""Marks that ask a worker to look at something again.

They are only inserted and deleted, never changed: neither transactions nor the bulk path ever wait
for each other on them, however many mark the same tenant at once. A worker reads marks first, then
what counts, and takes away only those that it read.
"""

from collections.abc import Iterable

from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import new_id

TENANT_MARKS = "tenant_marks"
INVOICE_MARKS = "invoice_marks"
PARTNER_MARKS = "partner_marks"
_OF_INVOICE = (("partner_id", 1), ("invoice_key", 1))
INDEXES = (Index(TENANT_MARKS, _OF_INVOICE), Index(INVOICE_MARKS, _OF_INVOICE))

EVALUATE_WORKER = "evaluate"
ROLLUP_WORKER = "roll-up"
SWEEP_WORKER = "sweep"
SPREAD_WORKER = "spread"
MOST = 2000


class Marks:
    """What waits to be looked at."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def tenants(self, partner_id: str, rows: Iterable[Document]) -> None:
        """Have rows evaluated anew; each is given by `_id` and `invoice_key`."""
        await self._uow.collection(TENANT_MARKS).insert_many(
            [tenant_mark(partner_id, row["invoice_key"], row["_id"]) for row in rows]
        )
        self._uow.wake(EVALUATE_WORKER)

    async def invoice(self, partner_id: str, invoice_key: str) -> None:
        """Have an invoice rolled up anew."""
        await self._uow.collection(INVOICE_MARKS).insert_one(
            {"_id": new_id(), "partner_id": partner_id, "invoice_key": invoice_key}
        )
        self._uow.wake(ROLLUP_WORKER)

    async def partner(self, partner_id: str) -> None:
        """Have every tenant of a partner that is not settled evaluated anew."""
        await self._uow.collection(PARTNER_MARKS).insert_one(
            {"_id": new_id(), "partner_id": partner_id}
        )
        self._uow.wake(SWEEP_WORKER)

    async def rows_of(self, partner_id: str, invoice_key: str) -> set[str]:
        """Rows of an invoice that wait to be evaluated."""
        found = await self._uow.collection(TENANT_MARKS).find(
            {"partner_id": partner_id, "invoice_key": invoice_key}, projection={"row_id": 1}
        )
        return {mark["row_id"] for mark in found}

    async def waiting(self, collection: str) -> list[Document]:
        """The oldest marks, of all partners."""
        return await self._uow.collection(collection).find({}, sort=[("_id", 1)], limit=MOST)

    async def take_away(self, collection: str, partner_id: str, marks: list[Document]) -> None:
        """Remove marks that were read before the look."""
        await self._uow.collection(collection).delete_many(
            {"partner_id": partner_id, "_id": {"$in": [mark["_id"] for mark in marks]}}
        )


def tenant_mark(partner_id: str, invoice_key: str, row_id: str) -> Document:
    """A mark as it is stored."""
    return {
        "_id": new_id(),
        "partner_id": partner_id,
        "invoice_key": invoice_key,
        "row_id": row_id,
    }
