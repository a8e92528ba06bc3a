"""The irregularities of real invoice files, one promise each, in the order in which they are known.

Numbers are those of the collected facts about input formats, section 6. 8 and 9 (rounding of daily
usage) are promises of charges and of the usage tie; 25 is one of a price list that is never read.
"""

import gzip
from decimal import Decimal

import pytest
from syncline_contracts.money import add
from syncline_ingest.batcher import Batcher
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.readers.text import UNASSIGNED

from tests.unit.ingest.samples import (
    OTHER,
    ROW,
    TENANT,
    USAGE_ROW,
    batched,
    page,
    read,
    read_spooled,
    recon,
    usage,
    zipped,
)


def costs(data: bytes) -> list[Decimal]:
    return [source.cost for source in read_spooled(data)[0]]


def test_01_the_sign_stands_in_price_or_quantity_or_amount_and_only_the_amounts_counts() -> None:
    in_price = {"EffectiveUnitPrice": "-9.42", "BillableQuantity": "10", "Subtotal": "-94.2"}
    in_quantity = {"EffectiveUnitPrice": "9.42", "BillableQuantity": "-10", "Subtotal": "-94.2"}
    in_amount = {"EffectiveUnitPrice": "9.42", "BillableQuantity": "10", "Subtotal": "-94.2"}
    not_even_there = {"ChargeType": "Cancel", "Subtotal": "94.2"}
    data = recon(in_price, in_quantity, in_amount, not_even_there)
    lines, _ = read(data)
    assert [str(source.cost) for source in lines] == ["-94.2", "-94.2", "-94.2", "94.2"]
    assert [source.line["charge_type"] for source in lines][-1] == "Cancel"


def test_02_zero_lines_are_lines_and_their_list_price_makes_them_no_dearer() -> None:
    free = {"BillingPreTaxTotal": "0", "UnitPrice": "0.192", "EffectiveUnitPrice": "0"}
    (source,), _ = read(usage(free))
    assert (source.line["cost"], source.line["list_unit_price"]) == ("0", "0.192")


def test_03_negative_usage_without_any_marker_stays_usage() -> None:
    lines, _ = read(usage({}, {"BillingPreTaxTotal": "-1.25", "Quantity": "24"}))
    assert [source.line["kind"] for source in lines] == ["consumption", "consumption"]
    assert lines[1].cost == Decimal("-1.25")


def test_04_refund_and_new_charge_stay_two_lines_that_know_each_other() -> None:
    back = {"Subtotal": "-700", "ReferenceId": "x-1", "TermAndBillingCycle": "1 Year Reservation"}
    lines, _ = read(recon(back, {**back, "Subtotal": "712.5"}))
    assert [source.line["reference_id"] for source in lines] == ["x-1", "x-1"]
    assert add(source.cost for source in lines) == Decimal("12.5")


def test_05_credits_and_late_usage_of_an_earlier_month_are_billed_now() -> None:
    credit = {
        "ChargeType": "customerCredit",
        "CreditReasonCode": "Azure Consumption Credit",
        "Subtotal": "-50",
        "ChargeStartDate": "2026-08-01",
    }
    lines, head = read(recon({}, {}, credit))
    assert head.billing_month == "2026-10"
    assert lines[2].line["credit_reason"] == "Azure Consumption Credit"


@pytest.mark.parametrize("percent", ["15", "0", "7.5"])
def test_06_the_earned_credit_is_each_rows_own(percent: str) -> None:
    lines, _ = read(usage({"PartnerEarnedCreditPercentage": percent}, {}))
    assert [source.line["pec_percent"] for source in lines] == [percent, "15"]


def test_07_a_percentage_of_15_is_a_rate_of_0_15_and_empty_is_neither() -> None:
    item = {
        "billingPreTaxTotal": 1,
        "billingCurrency": "AUD",
        "chargeStartDate": "2026-10-01",
        "rateOfPartnerEarnedCredit": 0.15,
        "attributes": {"objectType": "DailyRatedUsageLineItem"},
    }
    (of_page,), _ = read(page(item))
    in_file, _ = read(usage({}, {"PartnerEarnedCreditPercentage": ""}))
    assert Decimal(of_page.line["pec_percent"]) == Decimal(in_file[0].line["pec_percent"])
    assert "pec_percent" not in in_file[1].line


@pytest.mark.parametrize(
    "digits", ["0.161000000000000136", "12.0000000000000000000000000001", "0.1234567890123456789"]
)
def test_10_up_to_28_decimals_are_kept(digits: str) -> None:
    (source,), _ = read(usage({"BillingPreTaxTotal": digits}))
    assert (source.line["cost"], str(source.cost)) == (digits, digits)


@pytest.mark.parametrize(
    ("written", "meant"), [("0E-20", "0"), ("7.58469E-05", "0.0000758469"), ("0.00E+00", "0.00")]
)
def test_11_scientific_notation_is_a_number(written: str, meant: str) -> None:
    (source,), _ = read(usage({"BillingPreTaxTotal": written}))
    assert source.cost == Decimal(meant)
    assert "E" not in source.line["cost"].upper()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'22.000000000000000000", "22.000000000000000000"),
        ("1,234,567.89", "1234567.89"),
        ("1.234,56", "1234.56"),
        ("0,75", "0.75"),
    ],
)
def test_12_numbers_that_were_saved_again_are_read_where_there_is_one_reading(
    written: str, meant: str
) -> None:
    (source,), _ = read(recon({"Subtotal": written}))
    assert source.cost == Decimal(meant)


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-17",
        "2026-10-17T00:00:00Z",
        "2026-10-17T00:00:00.0000000Z",
        "2026-10-17T00:00:00-08:00",
        "10/17/2026",
        "10/17/26",
        "2026-10-17 00:00:00",
    ],
)
def test_13_mixed_forms_of_a_date_are_one_day(written: str) -> None:
    (source,), _ = read(usage({"UsageDate": written}))
    assert source.line["usage_date"] == "2026-10-17"


def test_14_what_a_spreadsheet_damaged_is_mended_or_refused() -> None:
    (source,), _ = read(usage({"SkuId": "1"}))
    assert source.line["sku"] == "DZH318Z0BC84:0001"
    with pytest.raises(RefusedDocumentError, match="E-notation"):
        read(usage({"EntitlementId": "1.23457E+15"}))


@pytest.mark.parametrize("missing", ["", "NULL", "NA", "Unassigned", "n/a"])
def test_15_every_way_of_saying_missing_is_missing_and_a_blank_price_is_not_zero(
    missing: str,
) -> None:
    (source,), _ = read(usage({"UnitPrice": missing, "ResourceGroup": missing}))
    assert {"list_unit_price", "resource_group"}.isdisjoint(source.line)
    with pytest.raises(RefusedDocumentError, match="BillingPreTaxTotal"):
        read(usage({"BillingPreTaxTotal": missing}))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_16_bom_line_ends_separators_commas_and_hard_spaces_make_no_difference(
    separator: str, newline: str
) -> None:
    row = {"CustomerName": "Smith, Jones; Sons", "MeterDescription": "D4s\u00a0v5"}
    plain = recon(row, separator=separator, newline=newline)
    for data in (plain, b"\xef\xbb\xbf" + plain, plain.decode().encode("utf-16")):
        (source,), _ = read_spooled(data)
        assert source.owner.tenant_name == "Smith, Jones; Sons"
        assert source.line["description"].split() == ["D4s", "v5"]


def test_16_a_localised_header_may_hold_the_english_name_in_brackets() -> None:
    localised = usage({}).replace(b"UsageDate", b"Verbrauchstag (UsageDate)", 1)
    (source,), _ = read(localised)
    assert source.line["usage_date"] == "2026-10-17"


def test_17_columns_may_be_renamed_moved_and_added_but_a_required_one_is_asked_for() -> None:
    renamed = (
        usage({})
        .replace(b",Unit,", b",UnitOfMeasure,", 1)
        .replace(b"PublisherName,", b"ProviderName,", 1)
    )
    assert read(renamed)[0][0].line["publisher"] == "Microsoft"
    moved = usage({}, columns=[*reversed(USAGE_ROW), "ColumnOfNextYear"])
    assert read(moved)[0][0].line == read(usage({}))[0][0].line
    lacking = usage({}, columns=[name for name in USAGE_ROW if name != "BillingPreTaxTotal"])
    with pytest.raises(RefusedDocumentError, match="column BillingPreTaxTotal"):
        read(lacking)


def test_18_parts_with_the_header_in_the_first_only_and_joined_gzip_members_are_whole() -> None:
    rows = usage(*({"BillingPreTaxTotal": str(number)} for number in range(9))).splitlines(True)
    head, tail = b"".join(rows[:4]), b"".join(rows[4:])
    members = gzip.compress(head) + gzip.compress(tail)
    for data in (zipped({"part-1.csv": head, "part-2.csv": tail}), members):
        assert costs(data) == [Decimal(number) for number in range(9)]
    with pytest.raises(RefusedDocumentError) as nothing:
        read(rows[0])
    assert nothing.value.code == "no_lines"


def test_19_broken_json_inside_a_cell_is_text() -> None:
    broken = {"Tags": '"env": "prod"', "AdditionalInfo": "{not json"}
    assert len(read(usage(broken))[0]) == 1
    lines, _ = read(
        recon({"ReferenceId": '{"osId": "o", "id": "r-9", "v": 2}'}, {"ReferenceId": "r-9"})
    )
    assert [source.line["reference_id"] for source in lines] == ["r-9", "r-9"]


def test_20_rows_that_repeat_are_no_duplicates() -> None:
    assert costs(usage({}, {}, {})) == [Decimal(USAGE_ROW["BillingPreTaxTotal"])] * 3
    assert len(batched(read(recon({}, {}))[0], Batcher())[0].data.split(b'"row":')) == 3


def test_21_one_name_may_stand_for_several_tenants_and_a_tenant_may_have_no_id() -> None:
    lines, _ = read(recon({}, {"CustomerId": OTHER}, {"CustomerId": ""}))
    assert {source.owner.tenant_name for source in lines} == {ROW["CustomerName"]}
    assert [source.owner.tenant_id for source in lines] == [TENANT, OTHER, UNASSIGNED]


def test_22_the_casing_of_a_resource_is_kept_as_it_came() -> None:
    lines, _ = read(usage({"ResourceGroup": "RG-Web"}, {"ResourceGroup": "rg-web"}))
    assert [source.line["resource_group"] for source in lines] == ["RG-Web", "rg-web"]


def test_23_lines_are_in_no_order_of_time() -> None:
    days = ["2026-10-30", "2026-10-02", "2026-10-17"]
    lines, _ = read(usage(*({"UsageDate": day} for day in days)))
    assert [source.line["usage_date"] for source in lines] == days


def test_24_a_rate_is_no_whole_number_and_several_currencies_are_several_invoices() -> None:
    (source,), _ = read(usage({"PCToBCExchangeRate": "1.536230000"}))
    assert source.owner.fx_rate == "1.53623"
    with pytest.raises(RefusedDocumentError) as two:
        read(usage({}, {"BillingCurrency": "NZD"}))
    assert (two.value.code, two.value.row, two.value.column) == (
        "two_currencies",
        2,
        "BillingCurrency",
    )
