import csv
import io
import json
from decimal import Decimal

from syncline_sandbox.reconciliation import (
    COLUMNS,
    generate_reconciliation,
    generate_reconciliation_csv,
)
from syncline_sandbox.tenants import make_tenants


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_same_seed_same_file() -> None:
    assert generate_reconciliation_csv(4) == generate_reconciliation_csv(4)
    assert generate_reconciliation_csv(4) != generate_reconciliation_csv(5)


def test_all_columns_in_some_order() -> None:
    rows = rows_of(generate_reconciliation_csv(1))
    assert len(COLUMNS) == 47
    assert sorted(rows[0]) == sorted(COLUMNS)
    assert tuple(rows[0]) != COLUMNS
    assert 100 <= len(rows) <= 200


def test_totals_are_those_of_the_text() -> None:
    made = generate_reconciliation(2)
    rows = rows_of(made.to_csv())
    assert sum(Decimal(row["Subtotal"]) for row in rows) == made.subtotal
    assert sum(made.tenant_totals.values()) == made.subtotal
    for row in rows:
        assert Decimal(row["Total"]) == Decimal(row["Subtotal"]) + Decimal(row["TaxTotal"])


def test_tenants_are_those_of_the_distributor() -> None:
    known = {tenant.tenant_id for tenant in make_tenants(2, 40)}
    assert set(generate_reconciliation(2).tenant_totals) <= known


def test_special_rows() -> None:
    rows = rows_of(generate_reconciliation_csv(3))
    seats = [row for row in rows if row["ChargeType"] == "addQuantity"]
    assert len(seats) == 2
    assert len({row["ReferenceId"] for row in seats}) == 1
    assert sum(Decimal(row["EffectiveUnitPrice"]) for row in seats) == 0
    assert any(Decimal(row["Subtotal"]) == 0 for row in rows)
    assert any(row["ChargeType"] == "customerCredit" and row["Subtotal"][0] == "-" for row in rows)
    assert any("Reservation" in row["TermAndBillingCycle"] for row in rows)
    assert any("Savings Plan" in row["TermAndBillingCycle"] for row in rows)
    earned = [
        row["PriceAdjustmentDescription"] for row in rows if row["PriceAdjustmentDescription"]
    ]
    assert all(json.loads(text)[0].startswith("15.0% Partner earned") for text in earned)
