"""Lines as a file: whole, exact, and nothing in it runs."""

import csv
import io

import pytest
from syncline_contracts.breakdown_query import Lines, ListLines
from syncline_portal.lines import COLUMNS, as_csv, cell

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
