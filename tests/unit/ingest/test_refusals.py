"""Hostile and broken documents: refused with document, row and column, or harmless."""

import pytest
from syncline_ingest.readers.csv_rows import MAX_CELL
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_sandbox.reconciliation import COLUMNS

from tests.unit.ingest.samples import feed, read, recon

Place = tuple[str, int | None, str | None]


def refusal(data: bytes, name: str = "october.csv") -> RefusedDocumentError:
    with pytest.raises(RefusedDocumentError) as caught:
        read(data, name)
    return caught.value


def place(error: RefusedDocumentError) -> Place:
    return error.code, error.row, error.column


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Subtotal": "12,3,4"}, ("bad_number", 2, "Subtotal")),
        ({"Subtotal": "1,234"}, ("bad_number", 2, "Subtotal")),
        ({"Subtotal": ""}, ("missing_amount", 2, "Subtotal")),
        ({"Subtotal": "NULL"}, ("missing_amount", 2, "Subtotal")),
        ({"Subtotal": "1E+400"}, ("bad_number", 2, "Subtotal")),
        ({"TaxTotal": "ten"}, ("bad_number", 2, "TaxTotal")),
        ({"UnitPrice": "NaN"}, ("bad_number", 2, "UnitPrice")),
        ({"BillableQuantity": "=1+1"}, ("bad_number", 2, "BillableQuantity")),
        ({"PCToBCExchangeRate": "0"}, ("bad_number", 2, "PCToBCExchangeRate")),
        ({"PCToBCExchangeRate": "-1.5"}, ("bad_number", 2, "PCToBCExchangeRate")),
        ({"ChargeStartDate": "31/10/2026"}, ("bad_date", 2, "ChargeStartDate")),
        ({"ChargeEndDate": "soon"}, ("bad_date", 2, "ChargeEndDate")),
        ({"SkuId": "1.00E+03"}, ("bad_id", 2, "SkuId")),
        ({"CustomerId": "1.23457E+15"}, ("bad_id", 2, "CustomerId")),
        ({"SubscriptionId": "x" * 300}, ("bad_id", 2, "SubscriptionId")),
        ({"InvoiceNumber": "G009"}, ("two_invoices", 2, "InvoiceNumber")),
        ({"Currency": "NZD"}, ("two_currencies", 2, "Currency")),
        ({"Currency": "dollars"}, ("bad_currency", 2, "Currency")),
        ({"PricingCurrency": "US$"}, ("bad_currency", 2, "PricingCurrency")),
        ({"InvoiceNumber": ""}, ("missing_value", 2, "InvoiceNumber")),
    ],
)
def test_a_bad_cell_is_named_by_document_row_and_column(
    cells: dict[str, str], expected: Place
) -> None:
    error = refusal(recon({}, cells, {}))
    assert place(error) == expected
    assert error.message.startswith(f"october.csv, row 2, column {expected[2]}: ")


@pytest.mark.parametrize("column", ["CustomerId", "Subtotal", "InvoiceNumber", "PartnerId"])
def test_a_missing_column_is_named(column: str) -> None:
    error = refusal(recon({}, columns=[name for name in COLUMNS if name != column]))
    assert place(error) == ("missing_column", 0, column)
    assert column in error.message


def test_a_column_that_is_there_twice_is_refused_when_it_counts() -> None:
    error = refusal(recon({}, columns=[*COLUMNS, "subtotal"]))
    assert place(error) == ("duplicate_column", 0, "Subtotal")
    lines, _ = read(recon({}, columns=[*COLUMNS, "Extra", "Extra"]))
    assert len(lines) == 1


def test_a_nul_byte_is_refused_with_its_place() -> None:
    data = recon({}, {}).replace(b"D4s v5 - AU East", b"D4s\0v5", 2).replace(b"D4s\0v5", b"ok", 1)
    assert place(refusal(data)) == ("nul_byte", 2, "MeterDescription")


def test_bytes_that_are_no_utf8_are_refused_with_their_place() -> None:
    data = recon({}, {"CustomerName": "Cafe"}).replace(b"Cafe", b"Caf\xe9")
    assert place(refusal(data)) == ("not_utf8", 2, "CustomerName")


def test_an_overlong_cell_is_refused_with_its_place() -> None:
    error = refusal(recon({}, {"ProductName": "x" * (MAX_CELL + 1)}))
    assert place(error) == ("cell_too_long", 2, "ProductName")


def test_a_long_cell_below_the_limit_is_only_cut() -> None:
    (source,), _ = read(recon({"ProductName": "x" * 100_000}))
    assert len(source.line["product_name"]) == 500


def test_a_quote_that_is_never_closed_is_refused() -> None:
    data = recon({}, {}, {}).replace(b"D4s v5 - AU East", b'"D4s', 2)
    error = refusal(data)
    assert error.code == "broken_row"
    assert error.row == 1


def test_text_after_a_closing_quote_is_refused() -> None:
    data = recon({}).replace(b"D4s v5 - AU East", b'"D4s" v5')
    assert refusal(data).code == "broken_row"


def test_a_row_that_is_cut_off_is_refused() -> None:
    data = recon({}, {}, newline="\n")
    error = refusal(data[: data.rindex(b"order-1")])
    assert (error.code, error.row) == ("broken_row", 2)
    assert "cut off" in error.message


def test_a_row_with_more_cells_than_the_header_is_refused() -> None:
    data = recon({}, newline="\n").rstrip(b"\n") + b",surplus\n"
    assert (refusal(data).code, refusal(data).row) == ("broken_row", 1)


def test_blank_rows_pass_and_keep_their_number() -> None:
    data = recon({}, {}, newline="\n")
    head, first, second, _ = data.split(b"\n")
    blank = b"," * (len(COLUMNS) - 1)
    lines, _ = read(b"\n".join([head, first, b"", blank, second, b""]))
    assert [source.line["row"] for source in lines] == [1, 4]


def test_an_absurd_number_of_columns_is_refused() -> None:
    columns = [*COLUMNS, *(f"c{number}" for number in range(1000))]
    data = recon({}, columns=columns)
    with pytest.raises(RefusedDocumentError) as caught:
        read(data + b" " * 4096)
    assert caught.value.code in ("too_many_columns", "unknown_format")


def test_a_header_without_lines_is_nothing_to_bill() -> None:
    assert refusal(recon()).code == "no_lines"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b"  \r\n ", "empty", "empty"),
        (b"hello, world\n1,2\n", "unknown_format", "not known"),
        (b'{"some": "json"}', "unknown_format", "not known"),
        (b"UsageDate,EntitlementId,MeterId,Subtotal\n", "unknown_format", "header line"),
        (b"MeterId,EffectivePrice,Date\n", "unsupported_format", "Cost Management"),
        (b"BilledCost,ChargePeriodStart,Tags\n", "unsupported_format", "FOCUS"),
        (b"\xff" * 100, "not_utf8", "UTF-8"),
        (b"\0" * 100, "nul_byte", "NUL"),
    ],
)
def test_what_is_no_invoice_says_what_it_is(data: bytes, code: str, words: str) -> None:
    error = refusal(data, "whatever.csv")
    assert error.code == code
    assert words in error.message
    assert error.message.startswith("whatever.csv")


def test_a_formula_is_just_text() -> None:
    formula = "=cmd|' /C calc'!A0"
    (source,), _ = read(recon({"CustomerName": formula}))
    assert source.owner.tenant_name == formula


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"LineTotalExTax": ""}, ("missing_amount", 2, "LineTotalExTax")),
        ({"LineTotalExTax": "ten"}, ("bad_number", 2, "LineTotalExTax")),
        ({"LineTotalExTax": 21.39}, ("not_text", 2, "LineTotalExTax")),
        ({"Quantity": True}, ("not_text", 2, "Quantity")),
        ({"ChargeStart": "2026-99-01"}, ("bad_date", 2, "ChargeStart")),
        ({"ExchangeRate": "0"}, ("bad_number", 2, "ExchangeRate")),
        ({"StockCode": "x" * 150}, ("bad_id", 2, "StockCode")),
    ],
)
def test_a_bad_field_of_the_feed_is_named(line: dict[str, object], expected: Place) -> None:
    assert place(refusal(feed({}, line), "DD-900123")) == expected


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ({"InvoiceNumber": ""}, "InvoiceNumber"),
        ({"Currency": ""}, "Currency"),
        ({"TotalExTax": "abc"}, "TotalExTax"),
        ({"BillingPeriodStart": "??"}, "BillingPeriodStart"),
    ],
)
def test_a_bad_header_of_the_feed_is_named(header: dict[str, str], column: str) -> None:
    error = refusal(feed({}, **header), "DD-900123")
    assert (error.row, error.column) == (0, column)


def test_a_stored_invoice_that_is_cut_off_is_refused() -> None:
    data = feed({}, {})
    error = refusal(data[:-40], "DD-900123")
    assert (error.code, error.row) == ("broken_row", 2)
