"""Publishing: staged batches of a committed document -> the bus, resumably; then staging goes."""

from collections.abc import Mapping
from typing import ClassVar

from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_contracts.identity import deterministic_id
from syncline_contracts.line import LineBatchHead, LinesPublishedV1
from syncline_contracts.message import Headers

from syncline_ingest.comparing import COMPARER
from syncline_ingest.leases import Leases
from syncline_ingest.repository import Documents
from syncline_ingest.staged import StagedBatch
from syncline_ingest.staging import Staging

MARK_EVERY_BATCHES = 256


class PublishedHead(LineBatchHead):
    """Envelope of a batch whose lines are spliced in as the bytes that they were staged as."""

    type_name: ClassVar[str] = LinesPublishedV1.type_name

    def natural_id(self) -> str:
        """See `LinesPublishedV1.natural_id`: it is the same message."""
        return deterministic_id(self.type_name, *self.batch_id())


class Publisher:
    """Publishes documents that are committed and not yet published.

    A batch that is published again, after a kill, is the same message under the same id.
    """

    def __init__(self, service: Service, leases: Leases, *, window: int, name: str) -> None:
        self._service = service
        self._leases = leases
        self._window = window
        self._name = name
        self._staging = Staging(service.mongo)

    async def work(self) -> None:
        """One round: publish one document that nobody else publishes now."""
        documents = Documents(self._service.reading())
        for partner_id, sha256 in await documents.unpublished():
            async with self._leases.held(partner_id, f"publish/{sha256}") as mine:
                if not mine:
                    continue
                row = await documents.get(partner_id, sha256)
                if row is None or row["status"] != "committed":
                    continue
                with self._service.traces.span(
                    "publish",
                    parent=Headers.parse(row["detected"]).traceparent,
                    partner=partner_id,
                    invoice=row["invoice_key"],
                    batches=row["batches"],
                ):
                    await self._publish(documents, row)
                self._service.wake(self._name)  # there may be another one
                return

    async def _publish(self, documents: Documents, row: Document) -> None:
        names = dict(row["tenant_names"])
        cause = Headers.parse(row["detected"])
        done = since_mark = int(row["published_batches"])
        lines = 0
        async with self._service.bus.window(self._window) as window:
            async for batch in self._staging.after(row["partner_id"], row["run_id"], done):
                head = head_of(row, names, batch)
                headers = Headers.about(head, source=self._service.name, cause=cause)
                await window.publish_raw(head.subject(), splice(head, batch), headers)
                done, lines = batch.seq, lines + batch.lines
                if done - since_mark >= MARK_EVERY_BATCHES:
                    await window.flush()
                    await documents.advance(row, done)
                    since_mark = done
        await documents.advance(row, done)
        if done != row["batches"]:
            raise RuntimeError(
                f"{row['name']}: {done} of {row['batches']} staged batches are there; the document "
                "stays unpublished. Take the original in again under another content."
            )
        await self._staging.drop(row["partner_id"], row["run_id"])
        await documents.published(row, self._service.clock.now())
        if row["revision"] > 1:
            self._service.wake(COMPARER)
        self._service.metrics.lines.labels(self._service.name, LinesPublishedV1.type_name).inc(
            lines
        )
        self._service.log.info(
            "lines published", partner=row["partner_id"], invoice=row["invoice_key"], lines=lines
        )


def head_of(row: Document, names: Mapping[str, str], batch: StagedBatch) -> PublishedHead:
    """Envelope of a staged batch."""
    return PublishedHead.model_validate(
        {
            "partner_id": row["partner_id"],
            "invoice_key": row["invoice_key"],
            "invoice_no": row["invoice_no"],
            "revision": row["revision"],
            "role": row["role"],
            "lane": row["lane"],
            "billing_month": row["billing_month"],
            "document_sha256": row["sha256"],
            "tenant_id": batch.tenant_id,
            "tenant_name": names.get(batch.tenant_id, batch.tenant_id),
            "batch_no": batch.batch_no,
            "currency": row["currency"],
            "pricing_currency": batch.pricing_currency,
            "fx_rate": batch.fx_rate,
            "cost": batch.cost,
        }
    )


def splice(head: PublishedHead, batch: StagedBatch) -> bytes:
    """The whole message: parsing and writing the lines once more would cost more than reading."""
    return head.model_dump_json().encode()[:-1] + b',"lines":' + batch.data() + b"}"
