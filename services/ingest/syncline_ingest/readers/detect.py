"""Format of a document, told from its content, never from its name."""

import csv

from syncline_ingest import feed_contract
from syncline_ingest.readers.csv_rows import CsvRows
from syncline_ingest.readers.distributor import DistributorReader
from syncline_ingest.readers.document import Reader
from syncline_ingest.readers.recon import ReconReader
from syncline_ingest.readers.recon_columns import looks_like_daily_usage, looks_like_recon
from syncline_ingest.readers.refusal import RefusedDocumentError, refuse

START_BYTES = 256 * 1024


def reader_for(name: str, start: bytes) -> Reader:
    """Choose the reader by the first bytes. Raises `RefusedDocumentError`."""
    if not start.strip():
        raise refuse("empty", name, "the document is empty.")
    if start.lstrip().startswith(b"{"):
        return _json_reader(name, start)
    header = _header(name, start)
    if looks_like_recon(header):
        return ReconReader(name)
    if looks_like_daily_usage(header):
        detail = (
            "it is a daily usage file, which is the detail behind an invoice. Give the "
            "reconciliation file of the invoice."
        )
        raise refuse("unsupported_format", name, detail)
    raise _unknown(name)


def _json_reader(name: str, start: bytes) -> Reader:
    mark = f'"Document":"{feed_contract.DOCUMENT_MARK}"'.encode()
    if mark in start.split(b"\n", 1)[0].replace(b" ", b""):
        return DistributorReader(name)
    raise _unknown(name)


def _header(name: str, start: bytes) -> list[str]:
    try:
        return CsvRows(name, [start]).read_header()
    except RefusedDocumentError:
        raise
    except csv.Error:
        raise _unknown(name) from None


def _unknown(name: str) -> RefusedDocumentError:
    detail = (
        "the format is not known. A Partner Center reconciliation file (CSV) and a distributor's "
        "invoice are; a part of an export needs the header line as well."
    )
    return refuse("unknown_format", name, detail)
