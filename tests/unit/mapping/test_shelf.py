"""Batches that were looked through lately are not read again, and memory stays within bounds."""

import zlib
from typing import Any, cast

import orjson
from syncline_chassis.mongo import Collection, Document
from syncline_mapping.domain.packed import Packed
from syncline_mapping.repository.shelf import Shelf
from syncline_mapping.repository.tenants import Row

from tests.unit.mapping.samples import breakdown_line


class FakeBatches:
    """Batches of one tenant by number, with their version of prices; reads are counted."""

    def __init__(self, batches: int) -> None:
        self.versions = dict.fromkeys(range(1, batches + 1), 1)
        self.read: list[int] = []

    async def find(self, wanted: Document, **_: Any) -> list[Document]:
        return [
            {"batch_no": number, "pricing_version": version}
            for number, version in self.versions.items()
            if number >= wanted["batch_no"]["$gte"]
        ]

    async def find_one(self, wanted: Document, **_: Any) -> Document:
        number = wanted["batch_no"]
        self.read.append(number)
        line = breakdown_line(number, str(self.versions[number]))
        return {"body": zlib.compress(orjson.dumps({"lines": [line]}))}


class _Tenant:
    partner_id, invoice_key, tenant_key, revision = "p-1", "k" * 16, "t", 1


TENANT = cast(Row, _Tenant())


async def costs(shelf: Shelf, rows: FakeBatches, **options: Any) -> dict[int, str]:
    found = shelf.batches(cast(Collection, rows), TENANT, **options)
    return {number: _cost(batch) async for number, batch in found}


def _cost(batch: Packed) -> str:
    (line,) = batch.lines([0])
    return str(line["cost"])


async def test_what_was_read_is_not_read_again() -> None:
    shelf, rows = Shelf(10**6), FakeBatches(3)
    assert [await costs(shelf, rows) for _ in range(2)] == [{1: "1", 2: "1", 3: "1"}] * 2
    assert rows.read == [1, 2, 3]


async def test_new_prices_are_read_at_once() -> None:
    shelf, rows = Shelf(10**6), FakeBatches(3)
    await costs(shelf, rows)
    rows.versions[2] = 2
    assert await costs(shelf, rows) == {1: "1", 2: "2", 3: "1"}
    assert rows.read == [1, 2, 3, 2]


async def test_what_was_not_looked_at_for_longest_goes_first() -> None:
    one = Packed([breakdown_line(1, "1")]).weight
    shelf, rows = Shelf(3 * one), FakeBatches(4)
    await costs(shelf, rows, only=(1, 2, 3))
    await costs(shelf, rows, only=(1,))
    await costs(shelf, rows, only=(4,))
    rows.read.clear()
    await costs(shelf, rows, only=(1, 4))
    assert rows.read == []
    await costs(shelf, rows, start=2, only=(1, 2))
    assert rows.read == [2]
