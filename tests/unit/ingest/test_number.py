import pytest
from syncline_contracts.money import is_amount_text
from syncline_ingest.readers.number import parse_number


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("21.39", "21.39"),
        ("-94.20", "-94.20"),
        ("0.161000000000000136", "0.161000000000000136"),
        ("0.1234567890123456789012345678", "0.1234567890123456789012345678"),
        (" 5 ", "5"),
        ("+5", "5"),
        (".50", "0.50"),
        ("5.", "5"),
        ("7.58469E-05", "0.0000758469"),
        ("0E-20", "0.00000000000000000000"),
        ("0.00E+00", "0.00"),
        ("0E-99", "0"),
        ("1.2E+3", "1200"),
        ("'22.000000000000000000", "22.000000000000000000"),
        ("1,234,567.89", "1234567.89"),
        ("1,234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1234,56", "1234.56"),
        ("0,123", "0.123"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234.56", "1234.56"),
        ("\u221212.5", "-12.5"),
        ("(12.50)", "-12.50"),
    ],
)
def test_a_number_with_one_reading_keeps_every_digit(cell: str, expected: str) -> None:
    found = parse_number(cell)
    assert found == expected
    assert is_amount_text(found)


@pytest.mark.parametrize("cell", ["", "  ", "NULL", "null", "NA", "n/a", "Unassigned", "\u00a0"])
def test_missing_is_not_zero(cell: str) -> None:
    assert parse_number(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "1,234",
        "12,3,4",
        "1,2345.6",
        "NaN",
        "Infinity",
        "-inf",
        "1_000",
        "0x10",
        "1e",
        "--5",
        "5-",
        "12 apples",
        "=1+1",
        "\u0661\u0662",
        "1E+400",
        "9" * 41,
        "0." + "1" * 41,
        "9" * 5000,
        "1E+999999999",
        "$5",
    ],
)
def test_a_number_with_two_readings_or_none_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|can|has) "):
        parse_number(cell)
