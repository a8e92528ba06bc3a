"""Comparing revisions: each published document after the first with the one before it, once."""

import contextlib
from collections.abc import AsyncIterator

from syncline_chassis.errors import TransientError
from syncline_chassis.mongo import Document, MongoError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.message import Headers
from syncline_contracts.revision import InvoiceRevisedV1

from syncline_ingest.comparing_apart import compare_apart
from syncline_ingest.comparison import Comparison
from syncline_ingest.leases import Leases
from syncline_ingest.originals import Original
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.repository import Documents, document_key
from syncline_ingest.revisions import Revisions
from syncline_ingest.spool import spooled

COMPARER = "comparer"


class NotComparableError(Exception):
    """What stops a comparison for good, in a sentence for a person."""


class Comparer:
    """Compares documents that are published: nothing waits for it, and it delays no publishing.

    Killed at any moment, it begins again; result, mark and event are one transaction.
    """

    def __init__(self, service: Service, leases: Leases) -> None:
        self._service = service
        self._leases = leases
        self._failed: set[tuple[str, str]] = set()

    async def work(self) -> None:
        """One round: compare one document that nobody else compares now."""
        documents = Documents(self._service.reading())
        for partner_id, sha256 in await documents.uncompared():
            if (partner_id, sha256) in self._failed:
                continue
            async with self._leases.held(partner_id, f"compare/{sha256}") as mine:
                if not mine:
                    continue
                row = await documents.get(partner_id, sha256)
                if row is None or row.get("compared"):
                    continue
                await self._attempt(documents, row)
                self._service.wake(COMPARER)  # there may be another one
                return

    async def _attempt(self, documents: Documents, row: Document) -> None:
        """A document whose comparison fails must not keep the others waiting."""
        try:
            await self._compare(documents, row)
        except (MongoError, TransientError):
            raise
        except NotComparableError as error:
            await self._refuse(row, str(error))
        except Exception as error:
            failures = self._service.metrics.worker_failures
            failures.labels(self._service.name, COMPARER).inc()
            self._failed.add((row["partner_id"], row["sha256"]))
            words = "revision not compared; the next process tries again"
            self._service.log.exception(words, partner=row["partner_id"], exc_info=error)

    async def _compare(self, documents: Documents, row: Document) -> None:
        revision = row["revision"]
        previous = await documents.revision(row, revision - 1)
        if previous is None:
            raise NotComparableError(f"The document of revision {revision - 1} is not there.")
        async with self._original(previous) as before, self._original(row) as after:
            try:
                found, pieces = await compare_apart(before, after)
            except RefusedDocumentError as refusal:  # readers have become stricter since
                raise NotComparableError(refusal.message) from refusal
        event = _event(previous, row, found)

        async def work(uow: UnitOfWork) -> None:
            if not await Documents(uow).compared(row, self._service.clock.now()):
                return
            await Revisions(uow).put(row["partner_id"], event, found.left_out, pieces)
            uow.publish(event)

        await self._service.in_transaction(work, cause=Headers.parse(row["detected"]))
        self._service.log.info(
            "revision compared",
            partner=row["partner_id"],
            invoice=row["invoice_key"],
            revision=revision,
            added=found.added,
            removed=found.removed,
            changed=found.changed,
        )

    async def _refuse(self, row: Document, why: str) -> None:
        detail = (
            f"Revision {row['revision']} cannot be compared with revision {row['revision'] - 1}: "
            f"{why}"
        )

        async def work(uow: UnitOfWork) -> None:
            if await Documents(uow).compared(row, self._service.clock.now()):
                await Revisions(uow).refuse(row, detail)

        await self._service.in_transaction(work)
        self._service.log.warning("revision not comparable", partner=row["partner_id"], why=detail)

    @contextlib.asynccontextmanager
    async def _original(self, row: Document) -> AsyncIterator[Original]:
        """The stored original in a private file, whole or not at all."""
        key = document_key(row["partner_id"], row["sha256"])
        async with spooled(self._service.mongo.get_blob(key), row["bytes"]) as spool:
            if spool.sha256 != row["sha256"]:
                raise NotComparableError(f"The original of {row['name']} is not stored any more.")
            yield Original(row["name"], row["currency"], spool.descriptor, spool.size)


def _event(previous: Document, row: Document, found: Comparison) -> InvoiceRevisedV1:
    return InvoiceRevisedV1(
        partner_id=row["partner_id"],
        invoice_key=row["invoice_key"],
        invoice_no=row["invoice_no"],
        role=row["role"],
        currency=row["currency"],
        previous_currency=previous["currency"],
        revision=row["revision"],
        previous_revision=previous["revision"],
        document_sha256=row["sha256"],
        previous_document_sha256=previous["sha256"],
        lines=found.lines,
        previous_lines=found.previous_lines,
        cost=found.cost,
        previous_cost=found.previous_cost,
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        unchanged=found.unchanged,
        tenants=found.tenants,
        tenants_changed=found.tenants_changed,
        tenants_unchanged=found.tenants_unchanged,
    )
