"""Documents and the revisions of invoices that they are."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

from syncline_chassis.errors import UnprocessableError
from syncline_chassis.mongo import Database, Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.ingest_query import DocumentView
from syncline_contracts.query import Page

DOCUMENTS = "documents"
INVOICES = "invoices"
INDEXES = (
    Index("blobs", (("blob_id", 1), ("n", 1))),
    Index(DOCUMENTS, (("partner_id", 1), ("received_at", -1), ("_id", -1))),
    Index(DOCUMENTS, (("received_at", 1),), partial={"status": "committed"}),
    Index(DOCUMENTS, (("code", 1), ("received_at", 1)), partial={"status": "rejected"}),
    Index(
        DOCUMENTS,
        (("compared", 1), ("received_at", 1)),
        partial={"status": "published", "revision": {"$gt": 1}},
    ),
    Index(DOCUMENTS, (("partner_id", 1), ("invoice_key", 1), ("role", 1), ("revision", 1))),
    Index(INVOICES, (("partner_id", 1), ("invoice_no", 1))),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VIEW = tuple(DocumentView.model_fields)


def document_key(partner_id: str, sha256: str) -> str:
    """Key of a document, and of its blob: the content alone says which it is."""
    return f"{partner_id}/{sha256}"


class Documents:
    """Documents of partners, whatever became of them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(DOCUMENTS)

    async def get(self, partner_id: str, sha256: str) -> Document | None:
        """A document by its content."""
        return await self._rows.find_one(_key(partner_id, sha256))

    async def put(self, row: Document) -> None:
        """Store a document, in place of what its content was known as."""
        key = _key(row["partner_id"], row["sha256"])
        await self._rows.replace_one(key, {**key, **row}, upsert=True)

    async def tell(self, about: Document, role: str, revision: int, message: str) -> None:
        """Put a remark on another document of the same invoice."""
        await self._rows.update_many(
            {
                "partner_id": about["partner_id"],
                "invoice_no": about["invoice_no"],
                "invoice_key": about["invoice_key"],
                "role": role,
                "revision": revision,
            },
            {"$set": {"message": message}},
        )

    async def page(self, partner_id: str, page: Page) -> tuple[list[Document], str | None]:
        """Documents, newest first, and the cursor of the next page."""
        filter: Document = {"partner_id": partner_id}
        if page.cursor is not None:
            at, last = _read_cursor(page.cursor)
            filter["$or"] = [
                {"received_at": {"$lt": at}},
                {"received_at": at, "_id": {"$lt": last}},
            ]
        rows = await self._rows.find(
            filter,
            projection=dict.fromkeys(_VIEW, 1),
            sort=[("received_at", -1), ("_id", -1)],
            limit=page.limit + 1,
        )
        more = len(rows) > page.limit
        rows = rows[: page.limit]
        return rows, _cursor(rows[-1]) if more else None

    async def unpublished(self) -> list[tuple[str, str]]:
        """Partner and content of what waits to be published: over all partners, names only."""
        rows = await self._rows.find(
            {"status": "committed"},
            projection={"partner_id": 1, "sha256": 1},
            sort=[("received_at", 1)],
            limit=50,
        )
        return [(row["partner_id"], row["sha256"]) for row in rows]

    async def advance(self, row: Document, published_batches: int) -> None:
        """Note how far publishing has come."""
        await self._rows.update_one(
            {**_key(row["partner_id"], row["sha256"]), "run_id": row["run_id"]},
            {"$max": {"published_batches": published_batches}},
        )

    async def published(self, row: Document, now: datetime) -> None:
        """Everything is in the stream."""
        await self._rows.update_one(
            {**_key(row["partner_id"], row["sha256"]), "run_id": row["run_id"]},
            {"$set": {"status": "published", "published_at": now}},
        )

    async def uncompared(self) -> list[tuple[str, str]]:
        """Partner and content of revisions that wait to be compared: all partners, names only."""
        rows = await self._rows.find(
            {"status": "published", "revision": {"$gt": 1}, "compared": None},
            projection={"partner_id": 1, "sha256": 1},
            sort=[("received_at", 1)],
            limit=50,
        )
        return [(row["partner_id"], row["sha256"]) for row in rows]

    async def revision(self, of: Document, revision: int) -> Document | None:
        """Another revision of a document."""
        same = {name: of[name] for name in ("partner_id", "invoice_key", "role")}
        return await self._rows.find_one({**same, "revision": revision})

    async def compared(self, row: Document, now: datetime) -> bool:
        """Note that a revision needs no comparison any more; False where it was noted before."""
        outcome = await self._rows.update_one(
            {**_key(row["partner_id"], row["sha256"]), "compared": None},
            {"$set": {"compared": now}},
        )
        return outcome.matched == 1


class Invoices:
    """Which revision of an invoice is the newest."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(INVOICES)

    async def next_revision(
        self, partner_id: str, invoice_key: str, role: str, fields: dict[str, Any]
    ) -> int:
        """Count one up. Two commits of one invoice conflict here, and one of them runs again."""
        row = await self._rows.find_one_and_update(
            {"_id": f"{partner_id}/{invoice_key}/{role}", "partner_id": partner_id},
            {
                "$inc": {"revision": 1},
                "$set": fields,
                "$setOnInsert": {"invoice_key": invoice_key, "role": role},
            },
            upsert=True,
        )
        assert row is not None  # noqa: S101 - an upsert that returns what it wrote
        return int(row["revision"])

    async def newest_revision(self, partner_id: str, invoice_key: str, role: str) -> int | None:
        """Newest revision that is committed."""
        row = await self._rows.find_one(
            {"_id": f"{partner_id}/{invoice_key}/{role}", "partner_id": partner_id}
        )
        return None if row is None else int(row["revision"])


def to_view(row: Document) -> DocumentView:
    """A document as it is shown."""
    return DocumentView.model_validate(
        {"document_id": row["sha256"], **{name: row[name] for name in _VIEW if name in row}}
    )


async def has_document(database: Database, partner_id: str, sha256: str) -> bool:
    """Tell whether a blob belongs to a document."""
    rows = database.collection(DOCUMENTS)
    return await rows.find_one(_key(partner_id, sha256), projection={"_id": 1}) is not None


def _key(partner_id: str, sha256: str) -> Document:
    return {"_id": document_key(partner_id, sha256), "partner_id": partner_id}


def _cursor(row: Document) -> str:
    stamp = (row["received_at"] - _EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(f"{stamp}:{row['_id']}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        stamp, _, last = base64.urlsafe_b64decode(cursor).decode().partition(":")
        return _EPOCH + timedelta(milliseconds=int(stamp)), last
    except (binascii.Error, ValueError, OverflowError):
        raise UnprocessableError("The cursor is not one of ours: start again.", "cursor") from None
