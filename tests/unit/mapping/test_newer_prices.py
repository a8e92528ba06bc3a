"""Newer prices that come with a revision are told, with their part of the difference."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from syncline_mapping.domain.evaluation import evaluate
from syncline_mapping.domain.facts import Facts
from syncline_mapping.domain.newer_prices import newer_prices, sold

from tests.unit.mapping.samples import Line, line, manifest_of
from tests.unit.mapping.test_evaluation import arrived, inputs
from tests.unit.mapping.test_state import synced

FIRST = [[line(), line("5", "6", "6", item="B")]]
DEARER: dict[str, Any] = {"percent": "10"}
TOLD = "Prices changed since it was synced on 16 November 2026: version 1, now 2."


def in_the_psa() -> Facts:
    """Revision 1 at version 1 of the prices: sell 100 and 6."""
    facts = at(Facts(), FIRST)
    charged = facts.charge_set
    assert charged is not None
    done = synced(1).model_copy(
        update={"digest": charged.digest, "prices": facts.prices, "sold": sold(charged.charges)}
    )
    return facts.but(synced=done)


def at(facts: Facts, lines: Sequence[Sequence[Line]], version: int = 1, *policies: int) -> Facts:
    """The facts once these lines came, at a version of the prices."""
    came = inputs(
        manifest=manifest_of("contoso", lines),
        arrived=arrived(lines, oldest=version, newest=version),
        prices=version,
        rrp_policies=policies,
    )
    return evaluate(facts, replace(came, revision=version)).facts


def test_what_the_revision_changes_and_what_the_prices_change_are_told_apart() -> None:
    revised = [[line("170", "200", "220", **DEARER), line("5", "6", "6", item="B")]]
    news = newer_prices(at(in_the_psa(), revised, 2))
    assert news is not None
    assert (news.synced_version, news.version) == (1, 2)
    assert (news.sell_before, news.sell) == ("206.00", "226.00")
    assert news.message == (
        f"{TOLD} At the percentages of then these charges would come to 206.00 AUD, and now to "
        "226.00: 20.00 more. AZ-CONS: Percentage Off RRP 0 %, now 10 %."
    )


def test_each_charge_is_rounded_once_as_it_would_have_been() -> None:
    revised = [
        [line("1", "2.345", "2.11050", percent="-10"), line("5", "6.005", "6.005", item="B")]
    ]
    news = newer_prices(at(in_the_psa(), revised, 2))
    assert news is not None
    assert (news.sell_before, news.sell) == ("8.36", "8.12")
    assert "0.24 less" in news.message


def test_another_product_at_the_same_percentage_is_told_as_well() -> None:
    revised = [[line("86", product_id="P-9"), line("5", "6", "6", item="B")]]
    news = newer_prices(at(in_the_psa(), revised, 2))
    assert news is not None
    assert news.message.endswith("106.00: the same. AZ-CONS: product P-AZ-CONS, now P-9.")


def test_a_policy_for_rrp_is_told_without_an_amount() -> None:
    revised = [[line("170", "200", "200")]]
    news = newer_prices(at(in_the_psa(), revised, 2, 2))
    assert news is not None
    assert (news.sell_before, news.sell) == ("200.00", "200.00")
    assert "The RRP policy changed as well" in news.message


def test_a_policy_is_told_though_another_one_came_after_these_prices() -> None:
    news = newer_prices(at(in_the_psa(), [[line("170", "200", "200")]], 4, 3, 5))
    assert news is not None
    assert "The RRP policy changed as well" in news.message


def test_of_many_vendor_items_three_are_named() -> None:
    items = [f"ITEM-{number}" for number in range(6)]
    before = at(Facts(), [[line(item=item) for item in items]])
    assert before.charge_set is not None
    done = in_the_psa().synced
    assert done is not None
    facts = before.but(synced=done.model_copy(update={"sold": sold(before.charge_set.charges)}))
    dearer = [[line(sell="110", item=item, **DEARER) for item in items]]
    news = newer_prices(at(facts, dearer, 2))
    assert news is not None
    assert "ITEM-2: " in news.message
    assert "ITEM-3" not in news.message
    assert news.message.endswith("So do 3 more vendor items.")


SAME_PRICES = [[line("170", "200", "200"), line("5", "6", "6", item="B")]]
NEW_ITEM = [*FIRST, [line(sell="110", item="NEW", **DEARER)]]
DEAR = [[line("170", "200", "220", **DEARER)]]


@pytest.mark.parametrize(
    ("lines", "version", "policy"),
    [
        (SAME_PRICES, 1, 0),
        (SAME_PRICES, 2, 0),
        (SAME_PRICES, 3, 4),
        (NEW_ITEM, 2, 0),
        (FIRST, 2, 2),
    ],
    ids=["same version", "other items", "policy of later", "a new item", "nothing to write"],
)
def test_nothing_is_told_where_no_price_of_what_is_synced_changed(
    lines: Sequence[Sequence[Line]], version: int, policy: int
) -> None:
    assert newer_prices(at(in_the_psa(), lines, version, policy)) is None


@pytest.mark.parametrize(
    "facts",
    [
        in_the_psa().but(prices_asked=2),
        in_the_psa().but(synced=None),
        in_the_psa().but(synced=synced(1)),
    ],
    ids=["re-priced", "not synced", "synced before this was noted"],
)
def test_nothing_is_told_where_nobody_needs_it_or_nobody_can_know(facts: Facts) -> None:
    assert newer_prices(at(facts, DEAR, 2)) is None
