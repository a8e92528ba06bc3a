"""The vendors' own samples, read where they lie beside the repository: `../shared`."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from syncline_contracts.money import add
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.readers.text import UNASSIGNED

from tests.unit.ingest.samples import read_spooled, zipped

SAMPLES = Path(__file__).parents[4] / "shared" / "reference" / "invoices"
pytestmark = pytest.mark.skipif(
    not SAMPLES.exists(), reason="the reference invoices are not beside the repository (../shared)"
)


def sample(*names: str) -> bytes:
    files = {name: (SAMPLES / "partner-center" / name).read_bytes() for name in names}
    return zipped(files)


def refusal(data: bytes, name: str) -> RefusedDocumentError:
    with pytest.raises(RefusedDocumentError) as caught:
        read_spooled(data, name)
    return caught.value


BILLING = (
    "v1-onetime-billinglineitems-page1.json",
    "v1-onetime-billinglineitems-page2-reservation.json",
)
USAGE = ("v1-onetime-usagelineitems-page1.json", "v1-onetime-usagelineitems-page2.json")


def independent_sum(files: tuple[str, ...], field: str) -> Decimal:
    pages = [
        json.loads((SAMPLES / "partner-center" / name).read_text(), parse_float=Decimal)
        for name in files
    ]
    return sum((Decimal(item[field]) for page in pages for item in page["items"]), Decimal(0))


def test_the_billing_pages_are_one_invoice_of_three_lines() -> None:
    lines, head = read_spooled(sample(*BILLING))
    assert len(lines) == 3
    total = add(source.cost for source in lines)
    assert total == Decimal("1905.15") == independent_sum(BILLING, "subtotal")
    assert (head.invoice_no, head.role, head.currency) == ("1234000000", "billing", "USD")
    assert (head.billing_month, len(head.notes)) == ("2018-02", 1)


def test_the_usage_pages_are_three_detail_lines_of_nobody() -> None:
    lines, head = read_spooled(sample(*USAGE))
    assert (len(lines), head.role, head.invoice_no) == (3, "detail", "T000001234")
    assert {source.owner.tenant_id for source in lines} == {UNASSIGNED}
    assert add(source.cost for source in lines) == independent_sum(USAGE, "billingPreTaxTotal")
    assert {source.line["kind"] for source in lines} == {"marketplace"}


@pytest.mark.parametrize("names", [BILLING[:1], USAGE[:1]])
def test_the_first_page_alone_is_not_an_invoice(names: tuple[str, ...]) -> None:
    assert refusal(sample(*names), "page1.zip").code == "missing_page"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("v1-legacy-azure-usagelineitems.json", "legacy_azure", "legacy Azure usage"),
        ("v1-invoice-by-id.json", "no_line_items", "head of an invoice without its lines"),
        ("recon-billing-scenarios-transcribed.csv", "missing_column", "CustomerId"),
        ("header-recon-csv.csv", "no_lines", "nothing to bill"),
        ("header-daily-rated-usage-csv.csv", "no_lines", "nothing to bill"),
    ],
)
def test_what_is_no_invoice_is_refused_for_its_own_reason(name: str, code: str, words: str) -> None:
    error = refusal((SAMPLES / "partner-center" / name).read_bytes(), name)
    assert (error.code, words in error.message) == (code, True), error.message
    assert error.message.startswith(name)


@pytest.mark.parametrize("path", sorted((SAMPLES).glob("cost-management/*")), ids=lambda p: p.name)
def test_exports_of_cost_management_are_named_as_such(path: Path) -> None:
    error = refusal(path.read_bytes(), path.name)
    assert error.code in ("unsupported_format", "unknown_format"), error.message


def test_a_focus_export_is_named_as_such() -> None:
    data = (SAMPLES / "focus" / "focus_sample.csv").read_bytes()
    assert refusal(data, "focus_sample.csv").code == "unsupported_format"
