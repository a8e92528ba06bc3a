"""Format of a document, told from its content, never from its name."""

import csv
import re

from syncline_ingest import feed_contract
from syncline_ingest.readers.columns import likeness, plain
from syncline_ingest.readers.csv_rows import CsvRows
from syncline_ingest.readers.distributor import DistributorReader
from syncline_ingest.readers.document import Reader
from syncline_ingest.readers.recon import ReconReader
from syncline_ingest.readers.refusal import RefusedDocumentError, refuse
from syncline_ingest.readers.unpack import Unpacked
from syncline_ingest.readers.usage import UsageReader

START_BYTES = 256 * 1024
_FEW = 6
"""Column names that two kinds of document may have in common by chance."""
_OTHERS = (
    (
        {"meterid", "effectiveprice"},
        "it is a Cost Management export, which is no invoice of a partner. Give the "
        "reconciliation file of the invoice.",
    ),
    (
        {"billedcost", "chargeperiodstart"},
        "it is a FOCUS export, which is not read yet. Give the reconciliation file of the invoice.",
    ),
)
_PAGE = re.compile(rb'"items"\s*:\s*\[')
_OBJECT_TYPE = re.compile(rb'"objectType"\s*:\s*"(\w+)"')
_LEGACY = {"DailyUsageLineItem", "UsageBasedLineItem", "LicenseBasedLineItem"}
_USAGE, _BILLING = "DailyRatedUsageLineItem", "OneTimeInvoiceLineItem"


def reader_for(document: Unpacked) -> Reader:
    """Choose the reader by the first bytes. Raises `RefusedDocumentError`."""
    name, start = document.name, document.start(START_BYTES)
    if not start.strip():
        raise refuse("empty", name, "the document is empty.")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _json_reader(name, start)
    return _csv_reader(name, start)


def _csv_reader(name: str, start: bytes) -> Reader:
    try:
        header = CsvRows(name, [start]).read_header()
    except csv.Error:
        raise _unknown(name) from None
    names = set(map(plain, header))
    for known, detail in _OTHERS:
        if known <= names:
            raise refuse("unsupported_format", name, detail)
    usage = likeness(UsageReader.columns, names)
    recon = likeness(ReconReader.columns, names)
    if max(usage, recon) >= _FEW:
        return UsageReader(name) if usage > recon else ReconReader(name)
    raise _unknown(name)


def _json_reader(name: str, start: bytes) -> Reader:
    mark = f'"Document":"{feed_contract.DOCUMENT_MARK}"'.encode()
    if mark in start.split(b"\n", 1)[0].replace(b" ", b""):
        return DistributorReader(name)
    kinds = {kind.decode() for kind in _OBJECT_TYPE.findall(start)}
    if kinds & _LEGACY:
        detail = (
            "its lines are legacy Azure usage, from before the new commerce: they state no amount, "
            "so nothing can be billed from them. Give the reconciliation of the G-invoice."
        )
        raise refuse("legacy_azure", name, detail)
    if _USAGE in kinds:
        return UsageReader(name, is_pages=True)
    if _BILLING in kinds:
        return ReconReader(name, is_pages=True)
    if b'"invoiceDetails"' in start:
        detail = (
            "it is the head of an invoice without its lines. Give it together with all pages of "
            "the line items, in one zip archive."
        )
        raise refuse("no_line_items", name, detail)
    if _PAGE.search(start):
        detail = "it is a page without lines, so there is nothing to bill."
        raise refuse("no_lines", name, detail)
    raise _unknown(name)


def _unknown(name: str) -> RefusedDocumentError:
    detail = (
        "the format is not known. A Partner Center reconciliation or daily usage (CSV, or JSON "
        "pages) and a distributor's invoice are; a part of an export needs the header line as well."
    )
    return refuse("unknown_format", name, detail)
