"""Lines as a file: whole, exact, and nothing in it runs."""

import csv
import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from syncline_chassis.errors import UnprocessableError
from syncline_contracts.breakdown_query import Lines, ListLines
from syncline_portal import lines
from syncline_portal.lines import COLUMNS, as_csv, as_xlsx, cell

QUERY = ListLines(partner_id="acme", invoice_key="k" * 16, tenant_id="t")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_formula_becomes_text(text: str) -> None:
    assert cell({"description": text}, "description") == "'" + text


def test_an_amount_stays_a_number() -> None:
    assert cell({"cost": "-0.123456789"}, "cost") == "-0.123456789"


async def test_every_page_is_in_the_file_once() -> None:
    async def ask(query: ListLines) -> Lines:
        number = int(query.page.cursor or 0)
        return Lines(
            lines=({"row": number + 1, "cost": "1.10", "description": 'Café, "B2s"\nvm'},),
            next_cursor=str(number + 1) if number < 2 else None,
        )

    data = b"".join([part async for part in as_csv(ask, QUERY)])
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["row"] for row in rows] == ["1", "2", "3"]
    assert {row["description"] for row in rows} == {'Café, "B2s"\nvm'}
    assert tuple(rows[0]) == COLUMNS


async def test_the_sheet_has_every_line_and_nothing_that_runs(tmp_path: Path) -> None:
    async def ask(query: ListLines) -> Lines:
        line = {
            "row": 1,
            "cost": "-0.5",
            "description": '=HYPERLINK("http://x")',
            "sku": "\u202ea" * 40_000,
        }
        return Lines(lines=(line, {**line, "row": 2}), next_cursor=None)

    path = tmp_path / "lines.xlsx"
    path.write_bytes(b"".join([part async for part in as_xlsx(ask, QUERY)]))
    with ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "externalLinks" not in "".join(book.namelist())
    rows = sheet.count("<row ")
    assert rows == 3
    assert "<f>" not in sheet
    assert "<v>-0.5</v>" in sheet
    assert 'HYPERLINK("http' in sheet.replace("&quot;", '"')


async def test_more_than_a_sheet_holds_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_ROWS", 1)

    async def ask(query: ListLines) -> Lines:
        return Lines(lines=({"row": 1}, {"row": 2}), next_cursor=None)

    with pytest.raises(UnprocessableError, match="take the CSV"):
        [part async for part in as_xlsx(ask, QUERY)]
