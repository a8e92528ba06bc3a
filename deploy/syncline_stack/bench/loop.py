"""The bare loop: the same reader, batcher and pure functions in one process, no bus, no database.

The difference to the full road is what the bus, the database and the processes cost.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from syncline_contracts.money import add
from syncline_contracts.profile import ProfileEntry
from syncline_ingest.batcher import Batch, Batcher
from syncline_ingest.readers.detect import reader_for
from syncline_ingest.readers.unpack import unpack
from syncline_ingest.spool import Spool
from syncline_mapping.domain import summary as sums
from syncline_mapping.domain.charges import charges_of
from syncline_pricing.domain.batch import BatchView, price_batch
from syncline_pricing.domain.book import PriceBook

from syncline_stack.road import PERCENTS


@dataclass(frozen=True, slots=True)
class Looped:
    """What came of it."""

    lines: int
    seconds: float
    cost: Decimal
    sell: Decimal
    charges: int


def run_loop(path: Path, on_lines: Callable[[int], None] = lambda lines: None) -> Looped:
    """Read, batch, price and sum up a file; the clock runs from its first byte to the charges."""
    began = time.monotonic()
    batcher, book = Batcher(), _book()
    summaries: dict[str, list[sums.Summary]] = defaultdict(list)
    with path.open("rb") as file:
        spool = Spool(file.fileno(), path.stat().st_size, "", is_too_large=False)
        document = unpack(path.name, spool)
        reader = reader_for(document)
        done = 0
        for batch in batcher.batches(reader.lines(document)):
            summaries[batch.tenant_id].append(sums.summarise(sums.valued(_priced(batch, book))))
            done += batch.lines
            on_lines(done)
    charges = [
        charge
        for parts in summaries.values()
        for charge in charges_of(sums.merge(parts), reader.head().currency)
    ]
    return Looped(
        lines=batcher.lines,
        seconds=time.monotonic() - began,
        cost=add(kind.cost for parts in summaries.values() for kind in _kinds(parts)),
        sell=add(charge.sell for charge in charges),
        charges=len(charges),
    )


def _priced(batch: Batch, book: PriceBook) -> list[sums.LineView]:
    """A batch with its prices, as mapping would get it."""
    lines = orjson.loads(batch.data)
    head: dict[str, Any] = {
        "tenant_id": batch.tenant_id,
        "fx_rate": Decimal(batch.fx_rate),
        "cost": batch.cost,
    }  # all of it that prices depend on
    view = BatchView.model_construct(**head, lines=lines)
    for line, price in zip(lines, price_batch(view, book).lines, strict=True):
        line.update(price)
    priced: list[sums.LineView] = lines
    return priced


def _kinds(parts: list[sums.Summary]) -> Iterator[sums.KindSum]:
    for part in parts:
        yield from part.kinds.values()


def _book() -> PriceBook:
    entries = {
        item: ProfileEntry(
            vendor_item=item,
            product_id="AZURE",
            product_name=item,
            percent_off_rrp=Decimal(percent),
        )
        for item, percent in PERCENTS.items()
    }
    return PriceBook(version=1, profiles={"standard": entries}, default="standard")
