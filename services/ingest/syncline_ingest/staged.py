"""A staged batch: compressed, numbered in its run."""

import zlib
from dataclasses import dataclass
from decimal import Decimal

from syncline_ingest.batcher import Batch


@dataclass(frozen=True, slots=True)
class StagedBatch:
    """A batch as it is stored; `seq` counts from 1 in its run."""

    seq: int
    tenant_id: str
    batch_no: int
    pricing_currency: str
    fx_rate: str
    lines: int
    cost: Decimal
    packed: bytes

    def data(self) -> bytes:
        """The lines as a JSON array."""
        return zlib.decompress(self.packed)


def pack(seq: int, batch: Batch) -> StagedBatch:
    """Compress a batch; for the thread that parses."""
    return StagedBatch(
        seq,
        batch.tenant_id,
        batch.batch_no,
        batch.pricing_currency,
        batch.fx_rate,
        batch.lines,
        batch.cost,
        zlib.compress(batch.data, 1),
    )
