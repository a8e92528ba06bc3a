"""Packed batches that were looked through lately, within a budget of memory."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Container

from syncline_chassis.mongo import Collection

from syncline_mapping.domain.packed import Packed
from syncline_mapping.repository import batches
from syncline_mapping.repository.tenants import Row

_Place = tuple[str, str, str, int, int, int]
"""Partner, invoice, tenant, revision, batch and version of prices: its lines never change."""


class Shelf:
    """Who filters goes through the same lines again and again, so they stay packed for a while."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._weight = 0
        self._batches: OrderedDict[_Place, Packed] = OrderedDict()
        self._reading = asyncio.Lock()

    async def batches(
        self,
        rows: Collection,
        of: Row,
        vendor_item: str | None = None,
        start: int = 0,
        only: Container[int] | None = None,
    ) -> AsyncIterator[tuple[int, Packed]]:
        """A tenant's batches in their order from one on: all, of a vendor item, or `only` these."""
        tenant = (of.partner_id, of.invoice_key, of.tenant_key, of.revision)
        for number, version in await batches.versions(
            rows, *tenant, vendor_item=vendor_item, start=start
        ):
            if only is None or number in only:
                place = (*tenant, number, version)
                yield number, self._found(place) or await self._read(rows, place)
                await asyncio.sleep(0)  # what lies ready is no reason to keep others waiting

    def _found(self, place: _Place) -> Packed | None:
        found = self._batches.get(place)
        if found is not None:
            self._batches.move_to_end(place)
        return found

    async def _read(self, rows: Collection, place: _Place) -> Packed:
        """One at a time, so that two who want the same one unpack it once."""
        async with self._reading:
            found = self._found(place)
            if found is None:
                found = Packed(await batches.lines(rows, *place[:5]))
                self._put(place, found)
            return found

    def _put(self, place: _Place, batch: Packed) -> None:
        self._batches[place] = batch
        self._weight += batch.weight
        while self._weight > self._budget and len(self._batches) > 1:
            _, oldest = self._batches.popitem(last=False)
            self._weight -= oldest.weight
