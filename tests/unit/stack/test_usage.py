import csv
import io
import itertools
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from syncline_stack.bench.columns import COLUMNS
from syncline_stack.bench.usage import RATE, UsageFile, write_daily_usage

Rows = list[dict[str, str]]
ROWS, TENANTS = 3_000, 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> UsageFile:
    return write_daily_usage(
        tmp_path_factory.mktemp("usage") / "usage.csv", rows=ROWS, tenants=TENANTS, seed=5
    )


@pytest.fixture(scope="module")
def rows(made: UsageFile) -> Rows:
    text = made.path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_every_row_has_the_55_columns_in_their_order(made: UsageFile, rows: Rows) -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 55
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == ROWS == made.total.lines
    assert all(None not in row and None not in row.values() for row in rows)


def test_the_totals_are_those_of_the_text(made: UsageFile, rows: Rows) -> None:
    assert sum(Decimal(row["BillingPreTaxTotal"]) for row in rows) == made.total.cost > 0
    assert made.by_tenant.keys() == {one.tenant_id for one in made.tenants}
    for tenant_id, total in made.by_tenant.items():
        mine = [row for row in rows if row["CustomerId"] == tenant_id]
        assert total.lines == len(mine) > 0
        assert total.cost == sum(Decimal(row["BillingPreTaxTotal"]) for row in mine)


def test_each_amount_follows_from_price_quantity_and_rate(rows: Rows) -> None:
    for row in rows:
        pricing = Decimal(row["EffectiveUnitPrice"]) * Decimal(row["Quantity"])
        assert abs(Decimal(row["PricingPreTaxTotal"]) - pricing) <= Decimal("1E-18")
        assert abs(Decimal(row["BillingPreTaxTotal"]) - pricing * RATE) <= Decimal("1E-18")
        assert Decimal(row["PCToBCExchangeRate"]) == RATE


def test_the_same_seed_gives_the_same_file_and_another_edition_another_invoice(
    tmp_path: Path,
) -> None:
    def written(name: str, seed: int, edition: str = "") -> UsageFile:
        return write_daily_usage(tmp_path / name, rows=300, tenants=4, seed=seed, edition=edition)

    first, second, other = written("a", 1), written("b", 1), written("c", 2)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.total, first.invoice_no) == (second.total, second.invoice_no)
    assert first.path.read_bytes() != other.path.read_bytes()
    edition = written("d", 1, "again")
    assert edition.invoice_no != first.invoice_no
    assert edition.tenants == first.tenants


def test_a_smaller_file_of_a_seed_has_the_first_tenants_of_a_larger_one(tmp_path: Path) -> None:
    small = write_daily_usage(tmp_path / "small", rows=50, tenants=3)
    large = write_daily_usage(tmp_path / "large", rows=90, tenants=30)
    assert small.tenants == large.tenants[:3]
    assert set(large.by_tenant) == {one.tenant_id for one in large.tenants}


def test_it_is_as_a_real_month_is(made: UsageFile, rows: Rows) -> None:
    def share(name: str, wanted: str) -> float:
        return sum(wanted in row[name] for row in rows) / len(rows)

    zero = [row for row in rows if Decimal(row["BillingPreTaxTotal"]) == 0]
    assert 0.10 < len(zero) / len(rows) < 0.16
    assert all(Decimal(row["UnitPrice"]) > 0 for row in zero)
    assert 0.21 < share("BillingPreTaxTotal", "E") < 0.29
    assert {row["PartnerEarnedCreditPercentage"] for row in rows} == {"15", "0", ""}
    assert {(row["BillingCurrency"], row["PricingCurrency"]) for row in rows} == {("AUD", "USD")}
    assert 1000 < made.size / len(rows) < 1250
    assert all(json.loads(row["Tags"]) for row in rows)
    assert all(json.loads(row["AdditionalInfo"]) for row in rows if row["AdditionalInfo"])
    assert len({row["ProductId"] for row in rows}) <= 130
    assert 100 < len({row["MeterId"] for row in rows}) <= 350
    assert all(len(row["SkuId"]) == 4 for row in rows)


def test_tenants_differ_in_size_and_come_in_mixed_blocks(rows: Rows) -> None:
    sizes = Counter(row["CustomerId"] for row in rows)
    assert max(sizes.values()) > 5 * min(sizes.values())
    turns = sum(
        row["CustomerId"] != before["CustomerId"] for before, row in itertools.pairwise(rows)
    )
    assert turns > len(sizes)


def test_more_tenants_than_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 rows cannot be of 4 tenants"):
        write_daily_usage(tmp_path / "usage.csv", rows=3, tenants=4)
