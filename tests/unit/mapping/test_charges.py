"""Charges: exact to the last digit, rounded once, whatever the order of lines and batches."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_contracts.money import add, minor_unit, to_text
from syncline_mapping.domain.charges import charges_of, digest, totals
from syncline_mapping.domain.summary import Summary, difference, merge, summarise, valued
from syncline_mapping.repository.batches import from_document, to_document

from tests.unit.mapping.samples import Line, charge, line, priced

AMOUNT = st.decimals(-10_000, 10_000, places=12).map(to_text)
ITEM = st.sampled_from(["AZ-CONS", "AZ-RI", "AZ.SP", "$odd"])


@st.composite
def lines(draw: st.DrawFn) -> Line:
    item = draw(ITEM)
    kind = draw(st.sampled_from(["consumption", "reservation", "credit", "tax"]))
    return line(draw(AMOUNT), draw(AMOUNT), draw(AMOUNT), item=item, kind=kind)


def summary_of(rows: Sequence[Any]) -> Summary:
    return summarise(valued(rows))


@given(st.lists(lines(), min_size=1, max_size=40))
def test_charges_add_up_to_the_cost_of_the_lines_to_the_last_digit(rows: list[Line]) -> None:
    sums = totals(charges_of(summary_of(rows), "AUD"))
    billed = [row for row in rows if row["kind"] != "tax"]
    assert sums.cost == add(Decimal(row["cost"]) for row in billed)
    assert sums.rrp == add(Decimal(row["rrp"]) for row in billed)
    assert sums.sell_exact == add(Decimal(row["sell"]) for row in billed)


@given(st.lists(lines(), min_size=1, max_size=40), st.sampled_from(["AUD", "JPY", "KWD"]))
def test_sell_is_rounded_once_and_the_rest_is_kept(rows: list[Line], currency: str) -> None:
    for one in charges_of(summary_of(rows), currency):
        assert one.sell + one.residual == one.sell_exact
        assert abs(one.residual) <= minor_unit(currency) / 2
        assert one.sell == one.sell.quantize(minor_unit(currency))


@given(st.lists(lines(), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_neither_order_nor_batches_make_a_difference(
    rows: list[Line], chance: random.Random
) -> None:
    shuffled = rows[:]
    chance.shuffle(shuffled)
    cuts = sorted(chance.sample(range(len(rows) + 1), min(3, len(rows))))
    parts = [
        shuffled[start:end]
        for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)
        if start < end
    ]
    stored = [from_document(to_document(summary_of(part))) for part in parts]
    chance.shuffle(stored)
    one, other = charges_of(summary_of(rows), "AUD"), charges_of(merge(stored), "AUD")
    assert one == other
    assert digest(one, "AUD") == digest(other, "AUD")


@pytest.mark.parametrize(
    ("exact", "billed", "residual"),
    [
        ("0.005", "0.01", "-0.005"),
        ("-0.005", "-0.01", "0.005"),
        ("0.0049999999", "0.00", "0.0049999999"),
        ("12.345", "12.35", "-0.005"),
        ("-100", "-100.00", "0"),
    ],
)
def test_half_a_cent_goes_away_from_zero(exact: str, billed: str, residual: str) -> None:
    (one,) = charges_of(summary_of([line("1", "1", exact)]), "AUD")
    assert (to_text(one.sell), one.residual) == (billed, Decimal(residual))


@pytest.mark.parametrize(
    ("rows", "items"),
    [
        ([line("0", "0", "0")], []),
        ([line("5", "6", "6"), line("-5", "-6", "-6")], []),
        ([line("0", "0", "0"), line("1", "1", "1", item="B")], ["B"]),
        ([line("5", "6", "6"), line("-5", "-6", "-5.99")], ["AZ-CONS"]),
        ([line("5", "6", "0")], ["AZ-CONS"]),
        ([line("0", None)], []),
        ([line("5", "6", entry=False)], []),
        ([line("10", "10", kind="tax", item="GST")], []),
    ],
    ids=["free", "refunded", "free and not", "a cent", "given away", "no RRP", "no entry", "tax"],
)
def test_what_becomes_a_charge(rows: list[Line], items: list[str]) -> None:
    assert [one.vendor_item for one in charges_of(summary_of(rows), "AUD")] == items


def test_a_charge_says_what_it_is() -> None:
    def description(*rows: Line) -> str:
        return charges_of(summary_of(rows), "AUD")[0].description

    named = line(product_name="Virtual Machines")
    assert description(named, named) == "Virtual Machines"
    assert description(named, line(product_name="Storage")) == "Azure consumption"
    assert description(named, line(product_name="x", kind="credit")) == "AZ-CONS"


def test_the_digest_knows_amounts_not_how_they_are_written() -> None:
    assert digest([charge("1.50")], "AUD", None) == digest([charge("1.5")], "AUD", None)
    seen = {
        digest([charge()], "AUD", "C-1"),
        digest([charge()], "AUD", "C-2"),
        digest([charge()], "NZD", "C-1"),
        digest([charge(sell="100.01")], "AUD", "C-1"),
        digest([charge(), charge(item="B")], "AUD", "C-1"),
        digest([], "AUD", "C-1"),
    }
    assert len(seen) == 6


@pytest.mark.parametrize("name", ["cost", "rrp", "sell"])
def test_a_batch_that_does_not_add_up_says_where(name: str) -> None:
    whole = priced("acme", [line("1.1", "2", "3"), line("2", "3", entry=False)])
    lines = valued(whole.lines)
    assert difference(whole, lines) == ""  # type: ignore[arg-type]
    off = whole.model_copy(update={name: getattr(whole, name) + Decimal("0.01")})
    assert f"{name} differs" in difference(off, lines)  # type: ignore[arg-type]
