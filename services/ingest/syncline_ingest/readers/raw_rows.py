"""Rows of a stored document as the supplier wrote them, numbered as its lines are."""

import json
from collections.abc import Iterator
from typing import Any

from syncline_ingest.readers.csv_rows import CsvRows
from syncline_ingest.readers.detect import reader_for
from syncline_ingest.readers.distributor import DistributorReader
from syncline_ingest.readers.json_lines import json_lines
from syncline_ingest.readers.pages import MAX_PAGE
from syncline_ingest.readers.partner_center import PartnerCenterReader
from syncline_ingest.readers.unpack import Unpacked

Cells = list[tuple[str, str]]
"""Column and value, in the order of the document."""


def raw_row(document: Unpacked, wanted: int) -> Cells | None:
    """One row; None where the document has fewer. Raises `RefusedDocumentError`."""
    return next((cells for row, cells in _rows(document) if row == wanted), None)


def _rows(document: Unpacked) -> Iterator[tuple[int, Cells]]:
    reader = reader_for(document)
    if isinstance(reader, DistributorReader):
        for row, fields in json_lines(document.name, document.chunks()):
            yield row, list(fields.items())
    elif isinstance(reader, PartnerCenterReader) and reader.is_pages:
        for row, item in enumerate(_items(document), 1):
            yield row, [(column, _text(value)) for column, value in item.items()]
    else:
        rows = CsvRows(document.name, document.chunks())
        header = rows.read_header()
        for row, cells in rows:
            yield row, list(zip(header, cells, strict=True))


def _items(document: Unpacked) -> Iterator[dict[str, Any]]:
    for _, chunks in document.members():
        content = bytearray()
        for chunk in chunks:
            content += chunk
            if len(content) > MAX_PAGE:
                return  # no page is that large, so no row was taken from it
        # A number keeps every digit that it was written with.
        page = json.loads(bytes(content), parse_float=str, parse_int=str)
        yield from page.get("items", ())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
