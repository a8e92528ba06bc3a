"""What can be asked about the lines behind a tenant's charges."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from decimal import Decimal
from typing import Any, get_args

from syncline_chassis import cursor
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.breakdown_query import (
    Amount,
    GroupLines,
    LineGroups,
    Lines,
    LinesQuery,
    ListLines,
    OrderBy,
)

from syncline_mapping.domain.breakdown import First, Groups, Place
from syncline_mapping.domain.packed import Packed, Wanted
from syncline_mapping.repository.batches import BATCHES
from syncline_mapping.repository.shelf import Shelf
from syncline_mapping.repository.tenants import Tenants


class Breakdown:
    """Answers from the shelf; a batch that is not there is read and put on it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def list_lines(self, query: ListLines, uow: UnitOfWork) -> Lines:
        """A page of lines.

        In document order the cursor is the batch number and how many of its wanted lines were
        shown; in another one, it is where the last line that was shown stands.
        """
        if query.order_by is not None:
            return await self._ordered(query, uow, query.order_by, descending=query.descending)
        if query.sort != "row":
            return await self._ordered(query, uow, query.sort, descending=True)
        wanted = Wanted.of(query)
        start, shown = cursor.place(query.page.cursor)
        limit = query.page.limit
        found: list[dict[str, Any]] = []
        async for number, batch in self._batches(query, uow, start):
            already = shown if number == start else 0
            left = batch.numbers(wanted)[already:]
            taken = left[: limit - len(found)]
            found += batch.lines(taken)
            if len(left) > len(taken):
                place = f"{number}:{already + len(taken)}"
                return Lines(lines=tuple(found), next_cursor=cursor.closed(place))
        return Lines(lines=tuple(found))

    async def _ordered(
        self, query: ListLines, uow: UnitOfWork, by: OrderBy, *, descending: bool
    ) -> Lines:
        limit, wanted = query.page.limit, Wanted.of(query)
        after = cursor.spot(query.page.cursor, Decimal if by in get_args(Amount) else str)
        first = First(limit + 1, descending=descending, after=after)
        async for number, batch in self._batches(query, uow):
            first.add(number, batch.values(by), batch, wanted)
        spots = first.answer()
        page = [place for _, place in spots[:limit]]
        of_batch: dict[int, list[int]] = defaultdict(list)
        for number, line in page:
            of_batch[number].append(line)
        found: dict[Place, dict[str, Any]] = {}
        async for number, batch in self._batches(query, uow, only=of_batch):
            lines = of_batch[number]
            found |= zip([(number, line) for line in lines], batch.lines(lines), strict=True)
        return Lines(
            lines=tuple(found[place] for place in page if place in found),
            next_cursor=cursor.of_spot(*spots[limit - 1]) if len(spots) > limit else None,
        )

    async def group_lines(self, query: GroupLines, uow: UnitOfWork) -> LineGroups:
        """Sums by what lines have in common."""
        wanted, groups = Wanted.of(query), Groups(query.by, with_days=query.with_days)
        async for _, batch in self._batches(query, uow):
            groups.add(batch, wanted)
        return groups.answer()

    async def _batches(
        self,
        query: LinesQuery[Any],
        uow: UnitOfWork,
        start: int = 0,
        only: Collection[int] | None = None,
    ) -> AsyncIterator[tuple[int, Packed]]:
        row = await Tenants(uow).get(query.partner_id, query.invoice_key, query.tenant_id)
        stored = uow.collection(BATCHES)
        async for found in self._shelf.batches(stored, row, query.vendor_item, start, only):
            yield found
