"""The bulk path: a priced batch is stored with its summary, then its tenant is marked; then ack."""

from pydantic import TypeAdapter
from syncline_chassis import bulk
from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import InvalidMessageError
from syncline_chassis.service import Service
from syncline_contracts.line import LinesPricedV1

from syncline_mapping.domain.summary import BatchView, Summary, difference, summarise, valued
from syncline_mapping.repository import batches
from syncline_mapping.repository.marks import EVALUATE_WORKER, TENANT_MARKS, tenant_mark
from syncline_mapping.repository.tenants import row_id

_BATCH = TypeAdapter(BatchView)


class LineKeeping:
    """Keeps batches. Any of its steps may happen twice and changes nothing then."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._batches = service.mongo.collection(batches.BATCHES)
        self._marks = service.mongo.collection(TENANT_MARKS)

    async def keep_lines(self, raw: RawBatch) -> None:
        """Store a batch and have its tenant evaluated. Batches may come before the manifest."""
        batch, summary = read(raw)
        await batches.put(
            self._batches,
            batch,
            batch.pricing_version,
            summary,
            raw.data,
            self._service.clock.now(),
        )
        if batch.role == "billing":
            await self._mark(batch)
        counter = self._service.metrics.lines
        counter.labels(self._service.name, LinesPricedV1.type_name).inc(len(batch.lines))

    async def _mark(self, batch: BatchView) -> None:
        """Insert a mark; where the manifest has not made the row yet, its coming marks it too."""
        row = row_id(batch.partner_id, batch.invoice_key, batch.tenant_id)
        await self._marks.insert_one(tenant_mark(batch.partner_id, batch.invoice_key, row))
        self._service.wake(EVALUATE_WORKER)


def read(raw: RawBatch) -> tuple[BatchView, Summary]:
    """Read a batch as far as mapping needs it. Raises `InvalidMessageError`, sums included."""
    batch = bulk.parse(_BATCH, raw)
    try:
        lines = valued(batch.lines)
        off, summary = difference(batch, lines), summarise(lines)
    except ArithmeticError as error:
        raise InvalidMessageError(f"{_place(batch)}: an amount is too long to add.") from error
    if off:
        raise InvalidMessageError(
            f"{_place(batch)}: {off} {batch.currency}. It was not taken in; publish it again whole."
        )
    return batch, summary


def _place(batch: BatchView) -> str:
    return (
        f"Invoice {batch.invoice_no} of {batch.partner_id}, revision {batch.revision}, "
        f"tenant {batch.tenant_id}, batch {batch.batch_no}"
    )
