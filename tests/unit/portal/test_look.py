"""Figures and states as a clerk reads them."""

from decimal import Decimal
from typing import get_args

import pytest
from syncline_contracts.invoice import InvoiceStatus
from syncline_contracts.month_query import MonthSum
from syncline_contracts.reprice_query import InvoicePreview, PriceEffect, PricePreview
from syncline_contracts.tenant import TenantState
from syncline_portal.look import month_chart
from syncline_portal.look.money import aligned, margin, month, percent, shown
from syncline_portal.look.price_words import on_the_last
from syncline_portal.look.state import of_invoice, of_tenant
from syncline_portal.pages.profiles import effect


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234567.005", "1,234,567.01"),
        ("-0.005", "-0.01"),
        ("-0.001", "0.00"),
        ("0.1266666666", "0.13"),
        (None, "–"),  # noqa: RUF001
    ],
)
def test_an_amount_has_two_places_rounded_half_up(amount: str | None, text: str) -> None:
    assert shown(amount) == text


def test_a_margin_is_sell_less_cost_and_unknown_without_a_price() -> None:
    assert margin("10.10", "12.00") == "1.90"
    assert margin("12.00", "10.10") == "-1.90"
    assert margin("10.10", None) == shown(None)


def test_a_month_is_written_out() -> None:
    assert month("2026-10") == "October 2026"
    assert month("2026-05", short=True) == "May 2026"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "Sells at RRP: 100.00 RRP sells at 100.00."),
        ("7.5", "Sells 7.5 % above RRP: 100.00 RRP sells at 107.50."),
        ("-10", "Sells 10 % below RRP: 100.00 RRP sells at 90.00."),
        ("100", "Sells 100 % above RRP: 100.00 RRP sells at 200.00."),
    ],
)
def test_a_percentage_says_what_it_does(value: str, words: str) -> None:
    assert effect(Decimal(value)) == words


def test_a_percentage_has_no_idle_zeros() -> None:
    assert [percent(one) for one in ("10.00", "0", "100", "-2.50")] == [
        "10 %",
        "0 %",
        "100 %",
        "-2.5 %",
    ]


def test_every_state_has_a_word() -> None:
    for status in get_args(InvoiceStatus):
        assert of_invoice(status)["word"]
    for state in get_args(TenantState):
        assert of_tenant(state)["word"]


def _preview(**effects: PriceEffect) -> PricePreview:
    one = InvoicePreview(
        invoice_key="0" * 16,
        invoice_no="DD-1",
        billing_month="2026-10",
        currency="AUD",
        status="synced",
        **effects,  # type: ignore[arg-type]
    )
    return PricePreview(invoices=(one,))


def _effect(charges: int, below_cost: int, sell_after: str) -> PriceEffect:
    return PriceEffect(
        tenants=1,
        charges=charges,
        below_cost=below_cost,
        cost="900",
        sell="1000.005",
        sell_after=sell_after,
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (PricePreview(invoices=()), "There is no invoice yet on which this could be tried."),
        (_preview(), "On the last invoice, October 2026 · DD-1, this would change nothing."),
        (
            _preview(unsynced=_effect(2, 0, "1100")),
            "On the last invoice, October 2026 · DD-1, this would give: 2 charges of 1 tenant, "
            "sell 1,000.01 → 1,100.00, margin 100.01 → 200.00.",
        ),
        (
            _preview(synced=_effect(1, 1, "800")),
            "On the last invoice, October 2026 · DD-1, this would give: 1 charge of 1 tenant, "
            "sell 1,000.01 → 800.00, margin 100.01 → -100.00. 1 charge would sell below cost. "
            "It is synced: there it takes Re-price.",
        ),
        (
            _preview(unsynced=_effect(1, 0, "1000"), synced=_effect(1, 0, "1000")),
            "On the last invoice, October 2026 · DD-1, this would give: 2 charges of 2 tenants, "
            "sell 2,000.01 → 2,000.00, margin 200.01 → 200.00.",
        ),
    ],
)
def test_what_prices_would_give_is_said_with_margin_and_losses(
    found: PricePreview, words: str
) -> None:
    assert on_the_last(found) == words


def test_the_chart_is_of_the_currency_of_most_invoices_from_the_oldest_month_on() -> None:
    made = [
        MonthSum(billing_month=month, currency=currency, invoices=count, cost="10.5", sell=sell)
        for month, currency, count, sell in (
            ("2026-10", "AUD", 2, "12"),
            ("2026-10", "NZD", 1, "99"),
            ("2026-08", "AUD", 1, "11"),
        )
    ]
    shown = month_chart.options(tuple(made))
    assert shown["title"]["text"] == "Last 13 months, AUD"
    months = shown["xAxis"]["data"]
    assert (len(months), months[0], months[-1]) == (13, "Oct 2025", "Oct 2026")
    series = {one["name"]: one["data"] for one in shown["series"]}
    assert {name: data[-3:] for name, data in series.items()} == {
        "Cost": [10.5, 0.0, 10.5],  # a month without an invoice has its place
        "Sell": [11.0, 0.0, 12.0],
        "Margin": [0.5, 0.0, 1.5],
    }


def test_numbers_of_a_column_have_their_decimal_points_below_each_other() -> None:
    made = aligned(["29", "0.5", "-1.25 %", ""])
    assert made == ["29\u2008\u2007\u2007", "0.5\u2007", "-1.25 %", ""]
    assert aligned(["1", "20"]) == ["1", "20"]
