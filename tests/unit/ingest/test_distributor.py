from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter
from syncline_contracts.line import Line
from syncline_contracts.money import add
from syncline_ingest.stored_invoice import stored_header, stored_line
from syncline_sandbox.invoices import generate_credit_note, generate_distributor_invoice

from tests.unit.ingest.samples import FEED_HEADER, FEED_LINE, TENANT, feed, read

LINES = TypeAdapter(list[Line])


def test_a_line_of_the_feed_becomes_a_line() -> None:
    (source,), head = read(feed({}), "DD-900123")
    assert source.line == {
        "row": 1,
        "kind": "consumption",
        "vendor_item": "AZ-CONS",
        "charge_type": "Usage",
        "cost": "21.39",
        "tax": "2.139",
        "quantity": "29",
        "unit": "1 Hour",
        "list_unit_price": "0.868",
        "effective_unit_price": "0.48",
        "stated_rrp": "25.17",
        "product_name": "Azure Consumption",
        "description": "D4s v5",
        "sku": "DZH318Z0BC84:0051",
        "charge_start": "2026-10-01",
        "charge_end_inclusive": "2026-10-31",
        "subscription_id": "b7a1c2d3-0000-4000-8000-000000000001",
    }
    owner = source.owner
    assert (owner.tenant_id, owner.tenant_name) == (TENANT, "Contoso (NZ branch)")
    assert (owner.pricing_currency, owner.fx_rate) == ("USD", "1.536")
    assert head.invoice_date == date(2026, 11, 14)
    assert (head.invoice_no, head.source_account) == ("DD-900123", "ACC1001")
    assert (head.stated_cost, head.stated_lines) == (Decimal("21.39"), 1)
    assert head.billing_month == "2026-10"
    assert head.price_mismatches == 0


def test_a_blank_rrp_is_missing_and_not_zero() -> None:
    (blank, zero), _ = read(feed({"RRPExTax": ""}, {"RRPExTax": "0"}))
    assert "stated_rrp" not in blank.line
    assert zero.line["stated_rrp"] == "0"


def test_use_of_an_earlier_month_is_marked() -> None:
    (source,), _ = read(feed({"ChargeStart": "01-SEP-2026"}))
    assert source.line["prior_period"] is True


def test_without_a_stock_code_the_kind_gives_the_item() -> None:
    (source,), _ = read(feed({"StockCode": "", "StockDescription": ""}))
    assert source.line["vendor_item"] == "AZURE-CONSUMPTION"


def test_without_a_period_the_lines_tell_the_month() -> None:
    _, head = read(feed({}, {}, {"ChargeStart": "01-SEP-2026"}, BillingPeriodStart=""))
    assert head.billing_month == "2026-10"


def test_a_credit_note_names_what_it_amends() -> None:
    note = generate_credit_note(generate_distributor_invoice(3, tenants=5), 3)
    feed_form = note.to_feed()
    lines_of = feed_form.pop("Lines")
    assert isinstance(lines_of, list)
    data = stored_header("ACC", feed_form) + b"".join(map(stored_line, lines_of))
    lines, head = read(data)
    assert head.amends == note.amends
    assert all(source.cost < 0 for source in lines)


def test_a_lifelike_invoice_adds_up_to_what_it_states() -> None:
    invoice = generate_distributor_invoice(5, tenants=8)
    feed_form = invoice.to_feed()
    lines_of = feed_form.pop("Lines")
    assert isinstance(lines_of, list)
    data = stored_header("ACC", feed_form) + b"".join(map(stored_line, lines_of))
    lines, head = read(data)
    assert head.stated_cost == invoice.total_ex_tax
    assert add(source.cost for source in lines) == invoice.total_ex_tax
    assert not [source for source in lines if source.line["kind"] == "unknown"]
    LINES.validate_python([source.line for source in lines])


def test_the_stored_form_is_the_content_and_nothing_else() -> None:
    plain = stored_header("ACC", FEED_HEADER) + stored_line(FEED_LINE)
    noisy = stored_header("ACC", {**FEED_HEADER, "Revision": "7", "Sha": "x"}) + stored_line(
        {"TransactionID": "t-1", **dict(reversed(FEED_LINE.items()))}
    )
    assert plain == noisy
    assert plain != stored_header("OTHER", FEED_HEADER) + stored_line(FEED_LINE)
