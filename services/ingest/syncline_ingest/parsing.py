"""Parsing off the event loop: one thread reads, a few bundles of batches are stored meanwhile."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
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
from syncline_ingest.staging import StagedBatch, pack

BUNDLE_BATCHES = 16
BUNDLE_BYTES = 2 * 1024 * 1024
BUNDLES_UNDERWAY = 3
Store = Callable[[Sequence[StagedBatch]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document that was read to its end and adds up."""

    head: DocumentHead
    tenants: tuple[TenantManifest, ...]
    lines: int
    cost: Decimal
    tax: Decimal
    batches: int


async def parse(name: str, spool: Spool, store: Store, limits: Limits | None = None) -> Parsed:
    """Read a document and store its batches. Raises `RefusedDocumentError`.

    When it raises, some batches may be stored: they belong to a run that never counts.
    """
    loop = asyncio.get_running_loop()
    stopping = threading.Event()

    def hand_over(bundle: Sequence[StagedBatch]) -> "Future[None]":
        async def stored() -> None:
            await store(bundle)

        return asyncio.run_coroutine_threadsafe(stored(), loop)

    belt = _Belt(hand_over, stopping)
    work = asyncio.ensure_future(asyncio.to_thread(_parse, name, spool, belt, limits))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        # The thread cannot be cancelled: it is told, and the file must not close under it.
        stopping.set()
        await asyncio.wait([work])
        raise


class _Belt:
    """Carries bundles to the event loop; the thread waits while too many are underway."""

    def __init__(
        self,
        hand_over: "Callable[[Sequence[StagedBatch]], Future[None]]",
        stopping: threading.Event,
    ) -> None:
        self._hand_over = hand_over
        self._stopping = stopping
        self._underway: deque[Future[None]] = deque()
        self._bundle: list[StagedBatch] = []
        self._size = 0
        self.batches = 0

    def put(self, batch: Batch) -> None:
        self.batches += 1
        packed = pack(self.batches, batch)
        self._bundle.append(packed)
        self._size += len(packed.packed)
        if len(self._bundle) >= BUNDLE_BATCHES or self._size >= BUNDLE_BYTES:
            self._send()

    def _send(self) -> None:
        if self._stopping.is_set():
            raise InterruptedError("the service is stopping")
        while len(self._underway) >= BUNDLES_UNDERWAY:
            self._underway.popleft().result()
        self._underway.append(self._hand_over(tuple(self._bundle)))
        self._bundle.clear()
        self._size = 0

    def finish(self) -> None:
        if self._bundle:
            self._send()
        while self._underway:
            self._underway.popleft().result()

    def abandon(self) -> None:
        for future in self._underway:
            future.cancel()


def _parse(name: str, spool: Spool, belt: _Belt, limits: Limits | None) -> Parsed:
    document = unpack(name, spool)
    reader = reader_for(document)
    batcher = Batcher(limits)
    try:
        for batch in batcher.batches(reader.lines(document)):
            belt.put(batch)
        head = reader.head()
        _tie_out(name, head, batcher)
        belt.finish()
    except TooManyTenantsError:
        belt.abandon()
        detail = f"it has more than {MAX_TENANTS} customers or exchange rates. Ask the supplier."
        raise refuse("too_many_tenants", name, detail) from None
    except BaseException:
        belt.abandon()
        raise
    return Parsed(head, batcher.manifest(), batcher.lines, batcher.cost, batcher.tax, belt.batches)


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
