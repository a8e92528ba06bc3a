"""Reading a spooled document to its end: lines -> bundles of batches; it blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncline_contracts.invoice import TenantManifest
from syncline_contracts.money import subtract, to_text

from syncline_ingest.batcher import MAX_TENANTS, Batch, Batcher, Limits, TooManyTenantsError
from syncline_ingest.readers.detect import reader_for
from syncline_ingest.readers.document import DocumentHead
from syncline_ingest.readers.refusal import refuse
from syncline_ingest.readers.unpack import unpack
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch, pack

BUNDLE_BATCHES = 16
BUNDLE_BYTES = 2 * 1024 * 1024
Put = Callable[[Sequence[StagedBatch]], None]
"""Takes a bundle of batches; returns once the next one may come."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document that was read to its end and adds up."""

    head: DocumentHead
    tenants: tuple[TenantManifest, ...]
    lines: int
    cost: Decimal
    tax: Decimal
    batches: int


def read(name: str, spool: Spool, put: Put, limits: Limits | None = None) -> Parsed:
    """Read a document and hand over its batches. Raises `RefusedDocumentError`.

    When it raises, some batches were handed over: they belong to a run that never counts.
    """
    document = unpack(name, spool)
    reader = reader_for(document)
    batcher, bundles = Batcher(limits), _Bundles(put)
    try:
        for batch in batcher.batches(reader.lines(document)):
            bundles.add(batch)
    except TooManyTenantsError:
        detail = f"it has more than {MAX_TENANTS} customers or exchange rates. Ask the supplier."
        raise refuse("too_many_tenants", name, detail) from None
    head = reader.head()
    _tie_out(name, head, batcher)
    bundles.send()
    return Parsed(
        head, batcher.manifest(), batcher.lines, batcher.cost, batcher.tax, bundles.batches
    )


class _Bundles:
    """Gathers batches, so that several are stored in one call."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._bundle: list[StagedBatch] = []
        self._size = 0
        self.batches = 0

    def add(self, batch: Batch) -> None:
        self.batches += 1
        packed = pack(self.batches, batch)
        self._bundle.append(packed)
        self._size += len(packed.packed)
        if len(self._bundle) >= BUNDLE_BATCHES or self._size >= BUNDLE_BYTES:
            self.send()

    def send(self) -> None:
        if self._bundle:
            self._put(tuple(self._bundle))
        self._bundle.clear()
        self._size = 0


def _tie_out(name: str, head: DocumentHead, batcher: Batcher) -> None:
    """A document whose own figures do not tie is refused as a whole (ADR 0007)."""
    if head.stated_lines is not None and head.stated_lines != batcher.lines:
        detail = (
            f"it has {batcher.lines} lines and states {head.stated_lines}: it is not complete. "
            "Ask the supplier, or wait until it is sent again."
        )
        raise refuse("line_count_mismatch", name, detail)
    if head.stated_cost is not None and head.stated_cost != batcher.cost:
        off_by = subtract(batcher.cost, head.stated_cost)
        detail = (
            f"the lines add up to {to_text(batcher.cost)}, the invoice states "
            f"{to_text(head.stated_cost)} before tax: off by {to_text(off_by)}. Ask the supplier."
        )
        raise refuse("total_mismatch", name, detail)
