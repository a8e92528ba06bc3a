from collections import Counter
from decimal import Decimal

import pytest
from syncline_sandbox.decimals import total
from syncline_sandbox.invoices import (
    DistributorInvoice,
    generate_credit_note,
    generate_distributor_invoice,
    revise_distributor_invoice,
)


@pytest.fixture(scope="module")
def invoice() -> DistributorInvoice:
    return generate_distributor_invoice(7)


def test_same_seed_same_invoice(invoice: DistributorInvoice) -> None:
    assert generate_distributor_invoice(7).to_feed() == invoice.to_feed()
    assert generate_distributor_invoice(8).to_feed() != invoice.to_feed()


def test_size_of_a_month(invoice: DistributorInvoice) -> None:
    assert 1_100 <= len(invoice.lines) <= 1_900
    assert len(invoice.tenant_totals) == 40


def test_header_is_the_exact_sum_of_the_text_of_the_lines(invoice: DistributorInvoice) -> None:
    feed = invoice.to_feed()
    lines = feed["Lines"]
    assert isinstance(lines, list)
    assert Decimal(str(feed["TotalExTax"])) == total(Decimal(x["LineTotalExTax"]) for x in lines)
    assert Decimal(str(feed["TotalTax"])) == total(Decimal(x["TaxAmount"]) for x in lines)
    assert total(invoice.tenant_totals.values()) == invoice.total_ex_tax


def test_feed_holds_only_strings(invoice: DistributorInvoice) -> None:
    lines = invoice.to_feed()["Lines"]
    assert isinstance(lines, list)
    assert {type(cell) for line in lines for cell in line.values()} == {str}
    assert not any("E" in line["LineTotalExTax"] for line in lines)


def test_amounts_reach_twenty_places_and_no_more(invoice: DistributorInvoice) -> None:
    def places(text: str) -> int:
        return len(text.partition(".")[2])

    lines = invoice.to_feed()["Lines"]
    assert isinstance(lines, list)
    assert max(places(line["LineTotalExTax"]) for line in lines) == 20
    assert max(places(line["TaxAmount"]) for line in lines) <= 20


def test_price_times_quantity_is_the_line_within_a_tolerance(invoice: DistributorInvoice) -> None:
    for line in invoice.lines:
        assert abs(line.unit_price * line.quantity - line.total_ex_tax) < Decimal("0.000001")


def test_every_kind_of_line_is_there(invoice: DistributorInvoice) -> None:
    kinds = Counter((line.stock.code, line.charge_type) for line in invoice.lines)
    for kind in (
        ("AZ-CONS", "Usage"),
        ("AZ-RI", "New"),
        ("AZ-RI", "Refund"),
        ("AZ-SP", "New"),
        ("AZ-MKT", "Usage"),
        ("AZ-CREDIT", "Credit"),
    ):
        assert kinds[kind], kind
    assert any(
        line.charge_start.month == 9 and line.charge_type == "Usage" for line in invoice.lines
    )
    free = [line for line in invoice.lines if line.total_ex_tax == 0]
    assert free
    assert all(line.list_price for line in free)


def test_refunds_name_what_they_reverse(invoice: DistributorInvoice) -> None:
    for refund in (line for line in invoice.lines if line.charge_type == "Refund"):
        charges = [
            line
            for line in invoice.lines
            if line.reference_id == refund.reference_id and line is not refund
        ]
        assert [charge.tenant for charge in charges] == [refund.tenant]
        assert -charges[0].total_ex_tax <= refund.total_ex_tax < 0


def test_one_company_name_stands_for_two_tenants(invoice: DistributorInvoice) -> None:
    names = Counter(tenant.company_name for tenant in invoice.tenants)
    assert sorted(names.values())[-2:] == [1, 2]


def test_everyone_but_one_has_a_contact(invoice: DistributorInvoice) -> None:
    without = [t for t in invoice.tenants if t.company_name not in invoice.contact_names]
    assert without == [invoice.unmappable]


def test_retail_is_near_cost_wherever_it_is_stated(invoice: DistributorInvoice) -> None:
    stated = [line for line in invoice.lines if line.rrp_ex_tax and line.total_ex_tax > 0]
    assert len(stated) > len(invoice.lines) * 3 // 4
    for line in stated:
        assert line.rrp_ex_tax is not None
        assert Decimal("0.5") < line.rrp_ex_tax / line.total_ex_tax < 3


def test_ordinary_tenants_owe_something() -> None:
    for seed in range(30):
        totals = generate_distributor_invoice(seed, tenants=6, lines_per_tenant=10).tenant_totals
        assert min(totals.values()) > 0


def test_special_tenants_on_request() -> None:
    made = generate_distributor_invoice(
        3, tenants=12, unpriced_tenants=1, negative_tenants=1, free_tenants=1
    )
    assert made.tenant_totals[made.negative[0].tenant_id] < 0
    assert made.tenant_totals[made.free[0].tenant_id] == 0
    lines = made.tenant_lines[made.unpriced[0].tenant_id]
    assert any(line.rrp_ex_tax is None and line.list_price is None for line in lines)


def test_months_share_tenants_and_subscriptions() -> None:
    october = generate_distributor_invoice(5, tenants=4)
    november = generate_distributor_invoice(5, tenants=4, month="2026-11")
    assert october.tenants == november.tenants
    assert october.invoice_number != november.invoice_number
    assert {line.subscription_id for line in october.lines} == {
        line.subscription_id for line in november.lines
    }


def test_revision_changes_three_lines(invoice: DistributorInvoice) -> None:
    again = revise_distributor_invoice(invoice, 1)
    assert (again.invoice_number, again.revision) == (invoice.invoice_number, 2)
    before = Counter((x.tenant, x.meter, x.total_ex_tax) for x in invoice.lines)
    after = Counter((x.tenant, x.meter, x.total_ex_tax) for x in again.lines)
    assert (before - after).total() == 2
    assert (after - before).total() == 2


def test_credit_note_is_negative_and_names_its_invoice(invoice: DistributorInvoice) -> None:
    note = generate_credit_note(invoice, 1)
    assert note.document_type == "CREDIT"
    assert note.amends == invoice.invoice_number
    assert note.lines
    assert all(line.total_ex_tax < 0 for line in note.lines)
