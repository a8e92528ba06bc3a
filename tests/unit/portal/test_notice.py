"""What mails say: figures, reasons, the week; nothing a supplier wrote leaves its line."""

from datetime import UTC, datetime

import pytest
from syncline_contracts.holds import week_due
from syncline_contracts.mapping_query import HoldRow
from syncline_contracts.tenant import Hold
from syncline_portal.mail.notice import arrived, line, weekly

from tests.unit.portal.answers import INVOICE, KEY

AT = "https://billing.example.com/p/acme/queue"


def row(name: str, cost: str, code: str = "client_not_mapped") -> HoldRow:
    hold = Hold.model_validate({"code": code, "message": "Map it.", "fix": "mapping"})
    return HoldRow(
        invoice_key=KEY,
        invoice_no="G1",
        billing_month="2026-10",
        tenant_id=name,
        tenant_name=name,
        state="held",
        cost=cost,
        since=datetime(2026, 11, 2, tzinfo=UTC),
        holds=(hold,),
    )


def test_an_arrival_tells_the_figures_and_where_to_look() -> None:
    told = arrived(INVOICE, "Acme IT", AT)
    assert told.subject.startswith("Azure invoice DD-900123 has arrived: ")
    assert AT in told.text
    assert "Cost" in told.text
    revised = arrived(INVOICE.model_copy(update={"revision": 2}), "Acme IT", AT)
    assert "was revised" in revised.subject
    assert revised.key != told.key


def test_the_week_tells_what_waits_most_money_first() -> None:
    rows = [row("Ann", "10.00"), row("Bob", "300.005"), row("Cid", "5", "no_profile_entry")]
    told = weekly(rows, "Acme IT", "2026-W47", AT)
    assert told is not None
    assert told.subject == "3 tenants wait: 315.01 of cost is not billed"
    assert "310.01  2 not mapped to a client" in told.text
    assert told.text.index("Bob") < told.text.index("Ann") < told.text.index("Cid")


def test_a_week_in_which_nothing_waits_is_not_told() -> None:
    assert weekly([], "Acme IT", "2026-W47", AT) is None


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2026-11-22T19:59:00+00:00", "2026-W47"),  # Monday 06:59 in Sydney
        ("2026-11-22T20:00:00+00:00", "2026-W48"),  # 07:00
        ("2026-11-29T12:00:00+00:00", "2026-W48"),
        ("2027-01-03T12:00:00+00:00", "2026-W53"),
    ],
)
def test_a_week_begins_on_monday_morning_where_the_partner_is(at: str, week: str) -> None:
    assert week_due(datetime.fromisoformat(at), "Australia/Sydney") == week


def test_what_a_supplier_wrote_makes_no_line_and_no_header() -> None:
    assert line("G1\r\nBcc: all@example.com\u202e\x00") == "G1 Bcc: all@example.com"
    told = arrived(INVOICE.model_copy(update={"invoice_no": "G\n1"}), "A\r\nB", AT)
    assert "\n" not in told.subject
    assert "A B" in told.text
