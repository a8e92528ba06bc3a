from collections import Counter
from decimal import Decimal
from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syncline_contracts.line import MAX_BATCH_BYTES, MAX_BATCH_LINES, Line
from syncline_contracts.money import add
from syncline_ingest.batcher import Batch, Batcher, Limits, TooManyTenantsError
from syncline_ingest.readers.document import Owner, SourceLine

from tests.unit.ingest.samples import batched

AMOUNTS = st.decimals(
    min_value=Decimal("-1e12"), max_value=Decimal("1e12"), allow_nan=False, places=20
)


def owner(tenant: str = "t1", currency: str = "USD", rate: str = "1.5") -> Owner:
    return Owner(tenant, f"Name of {tenant}", f"{tenant}.example", currency, rate, True)


def source(row: int, cost: str = "1", whose: Owner | None = None, **fields: str) -> SourceLine:
    line: Line = {
        "row": row,
        "kind": "consumption",
        "vendor_item": "X",
        "charge_type": "new",
        "cost": cost,
        **fields,  # type: ignore[typeddict-item]
    }
    return SourceLine(whose or owner(), line, Decimal(cost))


def rows_of(batches: list[Batch]) -> list[int]:
    return sorted(line["row"] for batch in batches for line in orjson.loads(batch.data))


def test_a_batch_holds_at_most_five_hundred_lines_and_half_a_mebibyte() -> None:
    lines = [source(row, description="x" * 400) for row in range(1, 3001)]
    batches = batched(lines, Batcher())
    assert rows_of(batches) == list(range(1, 3001))
    assert all(batch.lines <= MAX_BATCH_LINES for batch in batches)
    assert all(len(batch.data) <= MAX_BATCH_BYTES for batch in batches)
    big = [source(row, description="x" * 5000) for row in range(1, 500)]
    assert all(len(batch.data) <= MAX_BATCH_BYTES for batch in batched(big, Batcher()))


def test_one_batch_is_of_one_tenant_one_currency_and_one_rate() -> None:
    owners = [owner("t1"), owner("t2"), owner("t1", "AUD", "1"), owner("t1", "USD", "1.6")]
    lines = [source(row, whose=owners[row % 4]) for row in range(400)]
    batcher = Batcher()
    batches = batched(lines, batcher)
    assert len(batches) == 4
    assert sorted((b.tenant_id, b.batch_no) for b in batches) == [
        ("t1", 1),
        ("t1", 2),
        ("t1", 3),
        ("t2", 1),
    ]
    first, second = batcher.manifest()
    assert (first.batches, first.lines, second.batches) == (3, 300, 1)


def test_when_the_budget_is_full_the_largest_tenant_goes_first() -> None:
    limits = Limits(open_bytes=800)
    lines = [source(row, whose=owner("large" if row % 10 else "small")) for row in range(101)]
    batcher = Batcher(limits)
    first = next(batcher.batches(lines))
    assert first.tenant_id == "large"


def test_lines_of_many_tenants_wait_packed_rather_than_leave_in_small_batches() -> None:
    lines = [
        source(row, f"0.{row}", owner(f"t{row % 100}"), description="much alike " * 40)
        for row in range(1, 50_001)
    ]
    batches = batched(lines, Batcher(Limits(open_bytes=4 * 1024 * 1024)))  # a sixth of the text
    assert {batch.lines for batch in batches} == {MAX_BATCH_LINES}
    assert rows_of(batches) == list(range(1, 50_001))
    assert add(batch.cost for batch in batches) == add(cost for _, _, cost, _ in lines)


def test_a_refund_and_what_it_reverses_land_in_one_batch_however_far_apart() -> None:
    lines = [source(1, "100", reference_id="R1")]
    lines += [source(row) for row in range(2, 5000)]
    lines += [source(5000, "-50", reference_id="R1")]
    batches = batched(lines, Batcher())
    together = [
        batch for batch in batches if {1, 5000} & {line["row"] for line in orjson.loads(batch.data)}
    ]
    assert len(together) == 1
    assert rows_of(batches) == list(range(1, 5001))


def test_linked_lines_beyond_every_budget_are_still_all_there() -> None:
    limits = Limits(batch_lines=10, open_bytes=10_000)
    one_event = [source(row, reference_id="same") for row in range(120)]
    assert rows_of(batched(one_event, Batcher(limits))) == list(range(120))
    many = [source(row, reference_id=f"r{row}") for row in range(120)]
    batches = batched(many, Batcher(limits))
    assert rows_of(batches) == list(range(120))
    assert max(batch.lines for batch in batches) <= 10


def test_more_tenants_than_a_manifest_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline_ingest.batcher.MAX_TENANTS", 3)
    lines = [source(row, whose=owner(f"t{row}")) for row in range(4)]
    with pytest.raises(TooManyTenantsError):
        batched(lines, Batcher())


@settings(max_examples=80)
@given(
    costs=st.lists(
        st.tuples(st.integers(0, 4), AMOUNTS, st.integers(0, 3)), min_size=1, max_size=80
    ),
    seed=st.integers(0, 10_000),
    batch_lines=st.integers(1, 20),
    open_bytes=st.integers(100, 20_000),
)
def test_totals_depend_neither_on_order_nor_on_sizes_and_no_line_is_lost(
    costs: list[tuple[int, Decimal, int]], seed: int, batch_lines: int, open_bytes: int
) -> None:
    lines = [
        source(
            row,
            format(cost, "f"),
            owner(f"t{tenant}"),
            **({"reference_id": f"r{link}"} if link else {}),
        )
        for row, (tenant, cost, link) in enumerate(costs, 1)
    ]
    plain = Batcher()
    batched(lines, plain)
    shuffled = list(lines)
    Random(seed).shuffle(shuffled)
    small = Batcher(Limits(batch_lines=batch_lines, open_bytes=open_bytes))
    batches = batched(shuffled, small)

    assert rows_of(batches) == list(range(1, len(lines) + 1))
    assert small.cost == plain.cost == add(cost for _, cost, _ in costs)
    assert [(one.tenant_id, one.lines, one.cost, one.by_kind) for one in small.manifest()] == [
        (one.tenant_id, one.lines, one.cost, one.by_kind) for one in plain.manifest()
    ]
    per_tenant: Counter[str] = Counter()
    for batch in batches:
        per_tenant[batch.tenant_id] += 1
        assert add(Decimal(line["cost"]) for line in orjson.loads(batch.data)) == batch.cost
    assert per_tenant == {one.tenant_id: one.batches for one in small.manifest()}
    numbers = sorted((batch.tenant_id, batch.batch_no) for batch in batches)
    assert numbers == [
        (tenant, number)
        for tenant in sorted(per_tenant)
        for number in range(1, per_tenant[tenant] + 1)
    ]
