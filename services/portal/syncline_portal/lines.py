"""All lines behind a tenant's charges as one file, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from syncline_contracts.breakdown_query import Lines, ListLines
from syncline_contracts.query import Page

COLUMNS = (
    *("row", "usage_date", "charge_start", "charge_end_inclusive", "kind", "vendor_item"),
    *("description", "product_name", "sku", "azure_subscription_name", "azure_subscription_id"),
    *("subscription_id", "resource_group", "resource_id", "quantity", "unit", "cost", "rrp"),
    *("percent", "sell", "order_id", "reference_id", "publisher"),
)
FIGURES = frozenset({"row", "quantity", "cost", "rrp", "percent", "sell"})
PAGE = 1000
Ask = Callable[[ListLines], Coroutine[Any, Any, Lines]]


async def every_line(ask: Ask, query: ListLines) -> AsyncIterator[dict[str, Any]]:
    """Every line that a query finds, page by page."""
    cursor: str | None = None
    while True:
        page = Page(limit=PAGE, cursor=cursor)
        answer = await ask(query.model_copy(update={"page": page}))
        for line in answer.lines:
            yield line
        cursor = answer.next_cursor
        if cursor is None:
            return


async def as_csv(ask: Ask, query: ListLines) -> AsyncIterator[bytes]:
    """RFC 4180, UTF-8 with its mark, so that a spreadsheet reads names right; exact amounts."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    yield "\ufeff".encode()
    async for line in every_line(ask, query):
        writer.writerow([cell(line, name) for name in COLUMNS])
        if out.tell() > 64 * 1024:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def cell(line: dict[str, Any], name: str) -> str:
    """A cell's text. One that a spreadsheet would run as a formula is marked as text."""
    text = str(line.get(name, ""))
    if name not in FIGURES and text[:1] in "=+-@\t\r\n" and text:
        return "'" + text
    return text
