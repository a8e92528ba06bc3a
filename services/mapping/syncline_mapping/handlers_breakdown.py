"""What can be asked about the lines behind a tenant's charges; one batch at a time in memory."""

from collections.abc import AsyncIterator
from typing import Any

from syncline_chassis import cursor
from syncline_chassis.errors import UnprocessableError
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.breakdown_query import (
    GroupLines,
    LineGroups,
    Lines,
    LinesQuery,
    ListLines,
)

from syncline_mapping.domain.breakdown import Groups, Largest, is_wanted
from syncline_mapping.repository import batches, tenants

Batch = list[dict[str, Any]]
MOST_SORTED = 10_000


async def list_lines(query: ListLines, uow: UnitOfWork) -> Lines:
    """A page of lines.

    In document order the cursor is the batch number and how many of its wanted lines were shown;
    sorted, it is how many were shown at all.
    """
    if query.sort != "row":
        return await _sorted(query, uow)
    start, shown = cursor.place(query.page.cursor)
    limit = query.page.limit
    found: Batch = []
    async for number, lines in _batches(query, uow, start):
        left = lines[shown if number == start else 0 :]
        if len(found) + len(left) > limit:
            taken = limit - len(found)
            already = len(lines) - len(left) + taken
            return Lines(
                lines=(*found, *left[:taken]), next_cursor=cursor.closed(f"{number}:{already}")
            )
        found += left
    return Lines(lines=tuple(found))


async def _sorted(query: ListLines, uow: UnitOfWork) -> Lines:
    _, shown = cursor.place(query.page.cursor)
    until = shown + query.page.limit
    if until > MOST_SORTED:
        raise UnprocessableError(
            f"No more than {MOST_SORTED:,} lines are sorted by amount. Filter them, or read on in "
            "document order.",
            field="page.cursor",
        )
    largest = Largest(query.sort, until + 1)
    async for _, lines in _batches(query, uow, 0):
        largest.add(lines)
    found = largest.answer()
    more = cursor.closed(f"0:{until}") if len(found) > until else None
    return Lines(lines=tuple(dict(line) for line in found[shown:until]), next_cursor=more)


async def group_lines(query: GroupLines, uow: UnitOfWork) -> LineGroups:
    """Sums by what lines have in common."""
    groups = Groups(query.by)
    async for _, lines in _batches(query, uow, 0):
        for line in lines:
            groups.add(line)
    return groups.answer()


async def _batches(
    query: LinesQuery[Any], uow: UnitOfWork, start: int
) -> AsyncIterator[tuple[int, Batch]]:
    """The wanted lines of each batch from one on, in document order."""
    row = await tenants.Tenants(uow).get(query.partner_id, query.invoice_key, query.tenant_id)
    of_tenant = (row.partner_id, row.invoice_key, row.tenant_key, row.revision)
    stored = uow.collection(batches.BATCHES)
    numbers = await batches.numbers(stored, *of_tenant, vendor_item=query.vendor_item, start=start)
    for number in numbers:
        lines = await batches.lines(stored, *of_tenant, number)
        yield number, [line for line in lines if is_wanted(line, query)]
