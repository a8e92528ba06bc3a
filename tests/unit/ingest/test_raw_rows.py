"""A row as the supplier wrote it has the number of its line, in every form of document."""

import gzip
import tempfile

import pytest
from syncline_ingest.readers.raw_rows import Cells, raw_row
from syncline_ingest.readers.unpack import unpack
from syncline_ingest.spool import Spool
from syncline_sandbox.reconciliation import COLUMNS

from tests.unit.ingest.samples import feed, page, read_spooled, recon, usage, zipped

RECON = recon({"ProductName": "=1+1"}, {"ProductName": 'Two\nrows, "quoted"'}, {})


def cells(data: bytes, row: int) -> Cells | None:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        spool = Spool(file.fileno(), len(data), "-", is_too_large=False)
        return raw_row(unpack("october", spool), row)


@pytest.mark.parametrize(
    "data",
    [
        RECON,
        gzip.compress(RECON),
        zipped({"part-1.csv": RECON, "part-2.csv": recon({})}),
        usage({}, {}),
        page({}, {}, {}),
        zipped({"page1.json": page({}, {}, follows="t"), "page2.json": page({"subtotal": -1})}),
        feed({}, {}),
    ],
    ids=["csv", "gzip", "zip", "usage", "page", "pages", "feed"],
)
def test_every_line_has_its_row(data: bytes) -> None:
    lines, _ = read_spooled(data)
    for source in lines:
        found = cells(data, source.line["row"])
        assert found is not None
        texts = [value for _, value in found]
        assert source.owner.tenant_name in texts
    assert cells(data, len(lines) + 1) is None


def test_cells_are_as_they_were_written() -> None:
    first, second = cells(RECON, 1), cells(RECON, 2)
    assert first is not None
    assert second is not None
    assert [column for column, _ in first] == list(COLUMNS)
    assert dict(first)["ProductName"] == "=1+1"
    assert dict(second)["ProductName"] == 'Two\nrows, "quoted"'


def test_a_number_keeps_its_digits_and_an_object_its_form() -> None:
    digits = "0.1999968000511991808131123456"
    data = page({}).replace(b"0.737586206896552", digits.encode())
    found = dict(cells(data, 1) or [])
    assert digits in found.values()
    assert found["attributes"].startswith('{"objectType"')
