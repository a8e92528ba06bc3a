"""Daily rated usage: a line per row, as stated; the detail behind an invoice."""

from decimal import Decimal

import pytest

from tests.unit.ingest.samples import TENANT, USAGE_ROW, read, usage


def test_a_row_becomes_a_line_with_everything_that_a_breakdown_needs() -> None:
    (source,), head = read(usage({}))
    assert source.owner[:4] == (TENANT, "Müller, Söhne & Co", "mueller.onmicrosoft.com", "USD")
    assert source.owner.fx_rate == "1.53623"
    assert source.line == {
        "row": 1,
        "kind": "consumption",
        "vendor_item": "AZURE-CONSUMPTION",
        "charge_type": "Usage",
        "cost": "6.0171264",
        "quantity": "24",
        "unit": "1 Hour",
        "list_unit_price": "0.192",
        "effective_unit_price": "0.1632",
        "pec_percent": "15",
        "product_name": "Virtual Machines",
        "description": "D4s v5",
        "publisher": "Microsoft",
        "sku": "DZH318Z0BC84:0051",
        "charge_start": "2026-10-01",
        "charge_end_inclusive": "2026-10-31",
        "usage_date": "2026-10-17",
        "subscription_id": "b7a1c2d3-0000-4000-8000-000000000001",
        "azure_subscription_id": "e0000000-0000-4000-8000-000000000001",
        "azure_subscription_name": "Production",
        "resource_group": "RG-Prod",
        "resource_id": USAGE_ROW["ResourceURI"],
    }
    assert (head.format, head.role) == ("partner_center_usage", "detail")
    assert (head.invoice_no, head.currency) == ("G001234567", "AUD")
    assert head.billing_month == "2026-10"


def test_it_is_told_from_a_reconciliation_by_its_columns_in_any_order() -> None:
    columns = sorted(USAGE_ROW, reverse=True)
    (source,), head = read(usage({}, columns=columns))
    assert (head.role, source.line["usage_date"]) == ("detail", "2026-10-17")


@pytest.mark.parametrize(
    ("end", "expected"),
    [("2026-10-31", "2026-10-31"), ("2026-11-01T00:00:00Z", "2026-10-31"), ("", None)],
)
def test_a_month_ends_on_its_last_day_or_on_the_first_of_the_next_one(
    end: str, expected: str | None
) -> None:
    (source,), _ = read(usage({"ChargeEndDate": end}))
    assert source.line.get("charge_end_inclusive") == expected


def test_the_product_of_another_publisher_is_marketplace() -> None:
    (source,), _ = read(usage({"PublisherName": "Contoso Apps", "PublisherId": "28503520"}))
    assert source.line["kind"] == "marketplace"


@pytest.mark.parametrize(("given", "expected"), [("15", "15"), ("0", "0"), ("", None)])
def test_an_empty_earned_credit_is_not_zero(given: str, expected: str | None) -> None:
    (source,), _ = read(usage({"PartnerEarnedCreditPercentage": given}))
    assert source.line.get("pec_percent") == expected


def test_use_covered_by_a_commitment_names_its_order() -> None:
    plan = {"BenefitOrderId": "sp-order-1", "BenefitType": "SavingsPlan"}
    reserved = {"AdditionalInfo": '{"ReservationOrderId": "r-1", "ReservationId": "x"}'}
    lines, _ = read(usage(plan, reserved, {}))
    found = [source.line.get("commitment_order_id") for source in lines]
    assert found == ["sp-order-1", "r-1", None]


def test_invalid_json_inside_a_cell_stops_nothing() -> None:
    (source,), _ = read(usage({"AdditionalInfo": '{"ReservationOrderId": ', "Tags": '"a": 1'}))
    assert "commitment_order_id" not in source.line


def test_late_usage_of_an_earlier_month_is_billed_with_this_invoice() -> None:
    late = {"UsageDate": "2026-09-30", "ChargeStartDate": "2026-09-01"}
    lines, head = read(usage({}, {}, late))
    assert head.billing_month == "2026-10"
    assert lines[2].line["usage_date"] == "2026-09-30"


def test_negative_and_free_use_keep_their_stated_amounts() -> None:
    free = {"BillingPreTaxTotal": "0E-20", "EffectiveUnitPrice": "0"}
    back = {"BillingPreTaxTotal": "-3.04E-05"}
    lines, _ = read(usage(free, back))
    assert [Decimal(source.line["cost"]) for source in lines] == [0, Decimal("-0.0000304")]
