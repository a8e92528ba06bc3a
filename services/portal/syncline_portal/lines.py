"""All lines behind a tenant's charges as one file, safe to open in a spreadsheet."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from syncline_chassis.errors import UnprocessableError
from syncline_contracts.breakdown_query import Lines, ListLines
from syncline_contracts.query import Page
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

COLUMNS = (
    *("row", "usage_date", "charge_start", "charge_end_inclusive", "kind", "vendor_item"),
    *("description", "product_name", "sku", "azure_subscription_name", "azure_subscription_id"),
    *("subscription_id", "resource_group", "resource_id", "quantity", "unit", "cost", "rrp"),
    *("percent", "sell", "order_id", "reference_id", "publisher"),
)
FIGURES = frozenset({"row", "quantity", "cost", "rrp", "percent", "sell"})
PAGE = 1000
MOST_ROWS = 1_048_575
"""Of a sheet, under its heading."""
LONGEST_CELL = 32_767
CHUNK = 64 * 1024
Format = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Ask = Callable[[ListLines], Coroutine[Any, Any, Lines]]


def as_file(format: Format, ask: Ask, query: ListLines) -> AsyncIterator[bytes]:
    """The file, in parts. Raises what `ask` raises, and `UnprocessableError`."""
    return {"csv": as_csv, "xlsx": as_xlsx}[format](ask, query)


async def pages(ask: Ask, query: ListLines) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """Every line that a query finds, page by page."""
    cursor: str | None = None
    while True:
        page = Page(limit=PAGE, cursor=cursor)
        answer = await ask(query.model_copy(update={"page": page}))
        yield answer.lines
        cursor = answer.next_cursor
        if cursor is None:
            return


async def as_csv(ask: Ask, query: ListLines) -> AsyncIterator[bytes]:
    """RFC 4180, UTF-8 with its mark, so that a spreadsheet reads names right; exact amounts."""
    is_first = True
    async for page in pages(ask, query):
        out = io.StringIO()
        writer = csv.writer(out)
        if is_first:
            out.write("\ufeff")
            writer.writerow(COLUMNS)
        writer.writerows([cell(line, name) for name in COLUMNS] for line in page)
        is_first = False
        yield out.getvalue().encode()


async def as_xlsx(ask: Ask, query: ListLines) -> AsyncIterator[bytes]:
    """One sheet. Figures are numbers there, which hold 15 digits; the CSV is exact."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.xlsx"
        book = Workbook(path, {"constant_memory": True, "tmpdir": folder})
        sheet = book.add_worksheet("Lines")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        row = 1
        try:
            async for page in pages(ask, query):
                if row + len(page) > MOST_ROWS:
                    raise UnprocessableError(f"A sheet holds {MOST_ROWS:,} rows: take the CSV.")
                await asyncio.to_thread(_write, sheet, row, page)
                row += len(page)
        finally:
            await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while part := file.read(CHUNK):
                yield part


def _write(sheet: Worksheet, first: int, page: Sequence[dict[str, Any]]) -> None:
    for row, line in enumerate(page, first):
        for column, name in enumerate(COLUMNS):
            value = line.get(name, "")
            if value in ("", None):
                continue
            if name in FIGURES:
                sheet.write_number(row, column, float(Decimal(str(value))))
            else:  # as text, whatever it looks like
                sheet.write_string(row, column, str(value)[:LONGEST_CELL])


def cell(line: dict[str, Any], name: str) -> str:
    """A cell's text. One that a spreadsheet would run as a formula is marked as text."""
    text = str(line.get(name, ""))
    if name not in FIGURES and text[:1] in "=+-@\t\r\n" and text:
        return "'" + text
    return text
