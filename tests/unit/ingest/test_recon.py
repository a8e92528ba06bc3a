from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from syncline_contracts.line import Line
from syncline_contracts.money import add
from syncline_ingest.readers.recon import ReconReader
from syncline_ingest.readers.unpack import Unpacked
from syncline_sandbox.reconciliation import COLUMNS, generate_reconciliation

from tests.unit.ingest.samples import OTHER, ROW, TENANT, pieces, read, recon

LINES = TypeAdapter(list[Line])


def test_a_row_becomes_a_line_with_the_amount_as_stated() -> None:
    (source,), head = read(recon({}))
    assert source.line == {
        "row": 1,
        "kind": "consumption",
        "vendor_item": "AZURE-CONSUMPTION",
        "charge_type": "new",
        "cost": "21.39",
        "tax": "2.139",
        "quantity": "29",
        "unit": "1 Hour",
        "list_unit_price": "0.868",
        "effective_unit_price": "0.737586206896552",
        "pec_percent": "15.0",
        "product_name": "Virtual Machines",
        "description": "D4s v5 - AU East",
        "publisher": "Microsoft",
        "sku": "DZH318Z0BC84:0051",
        "charge_start": "2026-10-01",
        "charge_end_inclusive": "2026-10-31",
        "subscription_id": "b7a1c2d3-0000-4000-8000-000000000001",
        "order_id": "order-1",
    }
    assert source.owner.tenant_id == TENANT
    assert source.owner.tenant_name == "Müller, Söhne & Co"
    assert head.source_account == "ab13c77e-a7a5-4403-920c-a13efd87e645"
    assert (head.invoice_no, head.currency, head.billing_month) == ("G001234567", "AUD", "2026-10")
    assert head.stated_cost is None


def test_columns_are_found_by_name_in_any_case_and_order_and_unknown_ones_pass() -> None:
    columns = [*reversed(COLUMNS), "NewColumnOfNextYear"]
    plain = recon({}, columns=columns).decode()
    shouted = plain.replace("CustomerId", "CUSTOMER_ID").replace(
        "Subtotal", "Zwischensumme (subtotal)"
    )
    (source,), _ = read(shouted.encode())
    assert source == read(recon({}))[0][0]


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bom_line_ends_and_separators_make_no_difference(
    newline: str, separator: str, mark: bytes
) -> None:
    rows: tuple[dict[str, str], ...] = ({}, {"CustomerId": OTHER})
    data = mark + recon(*rows, newline=newline, separator=separator)
    assert read(data) == read(recon(*rows))


def test_without_optional_columns_the_line_just_says_less() -> None:
    columns = [name for name in COLUMNS if name not in ("UnitPrice", "TaxTotal", "PricingCurrency")]
    (source,), _ = read(recon({}, columns=columns))
    assert "list_unit_price" not in source.line
    assert "tax" not in source.line
    assert source.owner.pricing_currency == "AUD"


@pytest.mark.parametrize(
    ("cells", "cost"),
    [
        ({"EffectiveUnitPrice": "-9.42", "BillableQuantity": "10", "Subtotal": "-94.2"}, "-94.2"),
        ({"EffectiveUnitPrice": "9.42", "BillableQuantity": "-10", "Subtotal": "-94.20"}, "-94.20"),
        ({"EffectiveUnitPrice": "9.42", "BillableQuantity": "10", "Subtotal": "-94.2"}, "-94.2"),
        ({"ChargeType": "cancelImmediate", "Subtotal": "12.00"}, "12.00"),
        ({"ChargeType": "new", "Subtotal": "-0.01"}, "-0.01"),
    ],
)
def test_the_sign_is_the_amounts_own(cells: dict[str, str], cost: str) -> None:
    (source,), _ = read(recon(cells))
    assert source.line["cost"] == cost
    assert source.cost == Decimal(cost)


def test_a_blank_price_is_missing_and_not_zero() -> None:
    (source,), _ = read(recon({"UnitPrice": "", "EffectiveUnitPrice": "NULL"}))
    assert "list_unit_price" not in source.line
    assert "effective_unit_price" not in source.line


def test_prices_without_a_rate_are_left_out() -> None:
    (source,), _ = read(recon({"PricingCurrency": "USD", "PCToBCExchangeRate": ""}))
    assert "list_unit_price" not in source.line
    assert (source.owner.pricing_currency, source.owner.fx_rate) == ("AUD", "1")


def test_equal_rates_are_one_rate() -> None:
    lines, _ = read(
        recon(
            {"PricingCurrency": "USD", "PCToBCExchangeRate": "1.50"},
            {"PricingCurrency": "usd", "PCToBCExchangeRate": "1.5000"},
        )
    )
    assert {source.owner.fx_rate for source in lines} == {"1.5"}
    assert {source.owner.pricing_currency for source in lines} == {"USD"}


def test_lines_without_a_customer_are_kept_together() -> None:
    lines, _ = read(recon({"CustomerId": ""}, {"CustomerId": "NULL"}, {}))
    assert [source.owner.tenant_id for source in lines] == ["unassigned", "unassigned", TENANT]


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ('["15.0% Partner earned credit for services managed"]', "15.0"),
        ('["15.0% Partner earned credit for services managed","100.0% Tier 1 Discount"]', "15.0"),
        ("[broken 15% PARTNER EARNED CREDIT", "15"),
        ('["100.0% Tier 1 Discount"]', None),
        ('["15% Partner earned credit","10% Partner earned credit"]', None),
        ("", None),
    ],
)
def test_partner_earned_credit_is_read_from_the_adjustments(text: str, percent: str | None) -> None:
    (source,), _ = read(recon({"PriceAdjustmentDescription": text}))
    assert source.line.get("pec_percent") == percent


def test_the_month_is_that_of_most_plan_lines() -> None:
    late = {"ChargeStartDate": "2026-09-01"}
    seats = {"TermAndBillingCycle": "One-Month", "ChargeStartDate": "2026-11-05"}
    _, head = read(recon({}, {}, late, seats, seats, seats))
    assert head.billing_month == "2026-10"


SEATS = {
    "TermAndBillingCycle": "One-Year commitment for monthly billing",
    "SubscriptionDescription": "M365",
    "BillingFrequency": "Monthly",
    "UnitPrice": "10.08",
    "EffectiveUnitPrice": "10.08",
    "ChargeStartDate": "2026-10-05",
    "ChargeEndDate": "2026-11-04",
}


@pytest.mark.parametrize(
    ("cells", "prorated"),
    [
        ({}, False),
        ({"ChargeStartDate": "2026-01-31", "ChargeEndDate": "2026-02-28"}, False),
        ({"BillingFrequency": "Annual", "ChargeEndDate": "2027-10-04"}, False),
        ({"ChargeEndDate": "2026-10-31"}, True),
        ({"ChargeType": "addQuantity"}, True),
        ({"ChargeType": "cancelImmediate"}, True),
        ({"EffectiveUnitPrice": "120.96"}, None),
        ({"UnitPrice": ""}, None),
        ({"BillingFrequency": ""}, None),
    ],
)
def test_only_a_whole_cycle_at_its_own_price_is_called_unprorated(
    cells: dict[str, str], prorated: bool | None
) -> None:
    (source,), _ = read(recon({**SEATS, **cells}))
    assert source.line["kind"] == "seat"
    assert source.line.get("prorated") is prorated


def test_price_times_quantity_is_checked_and_never_used() -> None:
    lines, head = read(recon({}, {"Subtotal": "99.99"}, {**SEATS, "Subtotal": "292.32"}))
    assert lines[1].line["cost"] == "99.99"
    assert head.price_mismatches == 1


def test_a_lifelike_file_gives_every_row_back_to_the_last_digit() -> None:
    file = generate_reconciliation(7, tenants=9)
    lines, head = read(file.to_csv().encode())
    assert add(source.cost for source in lines) == file.subtotal
    assert len(lines) == len(file.rows)
    assert [source.line["row"] for source in lines] == list(range(1, len(lines) + 1))
    assert head.invoice_no == file.invoice_number
    LINES.validate_python([source.line for source in lines])


NASTY = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@settings(max_examples=60)
@given(name=NASTY, description=NASTY, cut=st.integers(1, 50))
def test_whatever_stands_in_a_text_the_line_is_valid(name: str, description: str, cut: int) -> None:
    data = recon({"CustomerName": name, "MeterDescription": description})
    document = Unpacked("october.csv", lambda: iter(pieces(data, cut)))
    (source,) = ReconReader("october.csv").lines(document)
    LINES.validate_python([source.line])
    assert source.line["cost"] == ROW["Subtotal"]
    assert source.owner.tenant_name.isprintable()
