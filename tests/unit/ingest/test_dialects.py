"""Any rows, in any supported dialect, order, split or packing, come back as the same lines."""

import csv
import gzip
import io
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from syncline_contracts.money import add
from syncline_ingest.batcher import Batcher, Limits
from syncline_sandbox.reconciliation import COLUMNS

from tests.unit.ingest.samples import OTHER, ROW, TENANT, USAGE_ROW, read_spooled, zipped

# A lone CR outside quotes ends a row for one program and not for the next: nobody writes it.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)
AMOUNT = st.decimals("-99999", "99999", places=12).map(lambda value: format(value, "f"))
CELLS = st.fixed_dictionaries(
    {"CustomerId": st.sampled_from([TENANT, OTHER, ""]), "CustomerName": TEXT, "amount": AMOUNT}
)
BLANK = dict.fromkeys(COLUMNS, "")
KINDS = {"recon": ({**BLANK, **ROW}, "Subtotal"), "usage": (USAGE_ROW, "BillingPreTaxTotal")}


def rows_of(kind: str, cells: list[dict[str, str]]) -> list[dict[str, str]]:
    base, amount = KINDS[kind]
    return [{**base, **row, amount: row["amount"]} for row in cells]


def written(rows: list[dict[str, str]], columns: list[str], separator: str, end: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(columns)
    writer.writerows([[row[column] for column in columns] for row in rows])
    return out.getvalue()


def in_two_parts(text: str) -> bytes:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    halves = rows[: 1 + len(rows) // 2], rows[1 + len(rows) // 2 :]
    parts = []
    for half in halves:
        out = io.StringIO(newline="")
        csv.writer(out).writerows(half)
        parts.append(out.getvalue().encode())
    return zipped({"part-1.csv": parts[0], "part-2.csv": parts[1]})


PACKINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "gzip": lambda text: gzip.compress(text.encode()),
    "zip": lambda text: zipped({"a.csv": text.encode()}),
}


@settings(max_examples=120)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    cells=st.lists(CELLS, min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\r\n", "\n"]),
    packing=st.sampled_from(sorted(PACKINGS)),
    shuffled=st.randoms(use_true_random=False),
)
def test_every_dialect_gives_the_same_lines(
    kind: str,
    cells: list[dict[str, str]],
    separator: str,
    end: str,
    packing: str,
    shuffled: random.Random,
) -> None:
    rows = rows_of(kind, cells)
    columns = list(rows[0])
    expected, head = read_spooled(written(rows, columns, ",", "\r\n").encode())
    shuffled.shuffle(columns)
    found, same = read_spooled(PACKINGS[packing](written(rows, columns, separator, end)))
    assert found == expected
    assert same == head
    assert [source.cost for source in found] == [Decimal(row["amount"]) for row in rows]


@settings(max_examples=60)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    cells=st.lists(CELLS, min_size=1, max_size=40),
    limit=st.integers(1, 60),
    shuffled=st.randoms(use_true_random=False),
)
def test_totals_depend_neither_on_order_nor_on_parts_nor_on_batches(
    kind: str, cells: list[dict[str, str]], limit: int, shuffled: random.Random
) -> None:
    def totals(data: bytes, limits: Limits | None) -> dict[str, Any]:
        lines, _ = read_spooled(data)
        batcher = Batcher(limits)
        batches = list(batcher.batches(lines))
        assert add(batch.cost for batch in batches) == batcher.cost
        return {one.tenant_id: (one.lines, one.cost, one.by_kind) for one in batcher.manifest()}

    rows = rows_of(kind, cells)
    columns = list(rows[0])
    plain = written(rows, columns, ",", "\r\n")
    expected = totals(plain.encode(), None)
    assert add(cost for _, cost, _ in expected.values()) == add(
        Decimal(row["amount"]) for row in rows
    )
    shuffled.shuffle(rows)
    other = written(rows, columns, ",", "\r\n")
    small = Limits(batch_lines=limit, open_bytes=500 * limit)
    assert totals(other.encode(), small) == expected
    assert totals(in_two_parts(other), None) == expected
