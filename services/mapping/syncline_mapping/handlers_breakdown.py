"""What can be asked about the lines behind a tenant's charges."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from typing import Any

from syncline_chassis.errors import UnprocessableError
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.breakdown_query import (
    GroupLines,
    LineGroups,
    Lines,
    LinesQuery,
    ListLines,
)

from syncline_mapping import cursor
from syncline_mapping.domain.breakdown import Groups, Largest, Place
from syncline_mapping.domain.packed import Packed, Wanted
from syncline_mapping.repository.batches import BATCHES
from syncline_mapping.repository.shelf import Shelf
from syncline_mapping.repository.tenants import Tenants

MOST_SORTED = 10_000


class Breakdown:
    """Answers from the shelf; a batch that is not there is read and put on it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def list_lines(self, query: ListLines, uow: UnitOfWork) -> Lines:
        """A page of lines.

        In document order the cursor is the batch number and how many of its wanted lines were
        shown; sorted, it is how many were shown at all.
        """
        if query.sort != "row":
            return await self._sorted(query, uow)
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

    async def _sorted(self, query: ListLines, uow: UnitOfWork) -> Lines:
        _, shown = cursor.place(query.page.cursor)
        until = shown + query.page.limit
        if until > MOST_SORTED:
            raise UnprocessableError(
                f"No more than {MOST_SORTED:,} lines are sorted by amount. Filter them, or read on "
                "in document order.",
                field="page.cursor",
            )
        wanted = Wanted.of(query)
        largest = Largest(query.sort, until + 1)
        async for number, batch in self._batches(query, uow):
            largest.add(number, batch, wanted)
        places = largest.answer()
        page = places[shown:until]
        of_batch: dict[int, list[int]] = defaultdict(list)
        for number, line in page:
            of_batch[number].append(line)
        found: dict[Place, dict[str, Any]] = {}
        async for number, batch in self._batches(query, uow, only=of_batch):
            lines = of_batch[number]
            found |= zip([(number, line) for line in lines], batch.lines(lines), strict=True)
        more = cursor.closed(f"0:{until}") if len(places) > until else None
        return Lines(
            lines=tuple(found[place] for place in page if place in found), next_cursor=more
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
