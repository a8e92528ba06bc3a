import pytest
from syncline_ingest.readers.text import (
    clean,
    clean_id,
    clean_reference,
    clean_sku,
    clean_tenant_id,
)

GUID = "3f0b6f5e-2a71-4c55-9a0e-5d3f6f1c2b7a"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (GUID.upper(), GUID),
        (f"org:{GUID}", GUID),
        (f"{{{GUID}}}", GUID),
        ("CUST-0042", "CUST-0042"),
        ("", "unassigned"),
        ("NULL", "unassigned"),
        ("00000000-0000-0000-0000-000000000000", "unassigned"),
    ],
)
def test_a_tenant_is_its_guid_or_customer_code_and_never_dropped(cell: str, expected: str) -> None:
    assert clean_tenant_id(cell) == expected


@pytest.mark.parametrize("cell", ["1.23457E+15", "1E+03", "9,9E+20"])
def test_an_id_that_a_spreadsheet_made_a_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="E-notation"):
        clean_id(cell)


def test_a_hexadecimal_id_is_no_number() -> None:
    assert clean_id("12345e67890") == "12345e67890"


@pytest.mark.parametrize(
    ("cell", "expected"), [("1", "0001"), ("004M", "004M"), ("12345", "12345")]
)
def test_a_sku_gets_its_leading_zeros_back(cell: str, expected: str) -> None:
    assert clean_sku(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("ref-1", "ref-1"),
        ('{"osId":"a","id":"ref-1","v":2}', "ref-1"),
        ('{"osId":"a"}', ""),
        ("{not json", "{not json"),
        ("NA", ""),
    ],
)
def test_a_reference_has_two_shapes(cell: str, expected: str) -> None:
    assert clean_reference(cell) == expected


def test_text_stays_text_on_one_line() -> None:
    assert clean('=HYPERLINK("http://x")') == '=HYPERLINK("http://x")'
    assert clean("a\r\nb\x1b[31m\u202e") == "a b [31m"
    assert len(clean("x" * 5000)) == 500
