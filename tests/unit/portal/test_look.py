"""Figures and states as a clerk reads them."""

from decimal import Decimal
from typing import get_args

import pytest
from syncline_contracts.invoice import InvoiceStatus
from syncline_contracts.tenant import TenantState
from syncline_portal.look.money import margin, month, percent, shown
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
