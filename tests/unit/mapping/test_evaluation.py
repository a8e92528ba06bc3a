"""Evaluation: the same inputs give the same facts, and a version rises only when charges change."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from syncline_mapping.domain.evaluation import Arrived, Inputs, Mapped, evaluate
from syncline_mapping.domain.facts import Facts
from syncline_mapping.domain.state import derive
from syncline_mapping.domain.summary import merge, summarise, valued

from tests.unit.mapping.samples import connector, line, manifest_of, partner
from tests.unit.mapping.test_state import IGNORED, approval, synced

LINES: list[list[Any]] = [[line(), line("-5", "-6", "-6")], [line("3", "4", "4", item="B")]]


def arrived(
    batches: Sequence[Sequence[Any]] = LINES, *, oldest: int = 1, newest: int = 1
) -> Arrived:
    return Arrived(
        len(batches), oldest, newest, merge(summarise(valued(batch)) for batch in batches)
    )


def inputs(**more: Any) -> Inputs:
    return Inputs(
        **{
            "tenant_name": "Contoso",
            "currency": "AUD",
            "revision": 1,
            "superseded": False,
            "manifest": manifest_of("contoso", LINES),
            "arrived": arrived(),
            "prices": 1,
            "rrp_policies": (),
            "mapped": Mapped("C-1"),
            "partner": partner(),
            "connectors": {"slow": connector()},
            **more,
        }
    )


READY = evaluate(Facts(), inputs()).facts


def test_evaluating_again_changes_nothing() -> None:
    assert derive(READY).state == "ready"
    assert evaluate(READY, inputs()).facts == READY


@pytest.mark.parametrize(
    ("more", "state", "reprice"),
    [
        ({"manifest": None}, "received", None),
        ({"arrived": None}, "received", None),
        ({"arrived": arrived(LINES[:1])}, "received", None),
        ({"arrived": arrived([*LINES, LINES[0]])}, "received", None),
        ({"arrived": arrived(newest=2)}, "received", None),
        ({"arrived": arrived(newest=2), "prices": 2}, "received", 2),
        ({"prices": 2}, "received", 2),
        ({"arrived": arrived(oldest=3, newest=3), "prices": 2}, "ready", None),
        ({"superseded": True, "prices": 2}, "superseded", None),
    ],
)
def test_complete_is_what_the_manifest_says_at_one_new_enough_version_of_prices(
    more: dict[str, Any], state: str, reprice: int | None
) -> None:
    decided = evaluate(Facts(), inputs(**more))
    assert (derive(decided.facts).state, decided.reprice) == (state, reprice)


@pytest.mark.parametrize(
    "settled",
    [
        READY.but(ignored=IGNORED),
        READY.but(approval=approval(1)),
        READY.but(synced=synced().model_copy(update={"digest": READY.charge_set.digest})),  # type: ignore[union-attr]
    ],
    ids=["ignored", "approved", "synced"],
)
def test_newer_prices_do_not_reach_what_is_settled(settled: Facts) -> None:
    decided = evaluate(settled, inputs(prices=2))
    assert (derive(decided.facts).state, decided.reprice) == (derive(settled).state, None)


DONE = READY.but(synced=synced().model_copy(update={"digest": READY.charge_set.digest}))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "more",
    [{"mapped": Mapped("C-2")}, {"mapped": Mapped(None)}, {"partner": partner(currency="NZD")}],
    ids=["other client", "no client", "held"],
)
def test_another_mapping_of_what_is_synced_brings_no_newer_prices_with_it(
    more: dict[str, Any],
) -> None:
    decided = evaluate(DONE, inputs(prices=2, **more))
    assert (decided.reprice, decided.facts.prices) == (None, 1)


def test_what_is_synced_takes_newer_prices_once_a_person_wants_it() -> None:
    wanted = evaluate(DONE.but(prices_asked=2), inputs(prices=2))
    assert (derive(wanted.facts).state, wanted.reprice) == ("received", 2)
    assert evaluate(wanted.facts, inputs(prices=2)) == wanted
    dearer = [[line(sell="110"), line("-5", "-6", "-6")], LINES[1]]
    newer = inputs(prices=2, arrived=arrived(dearer, oldest=2, newest=2))
    taken = evaluate(wanted.facts, newer).facts
    assert (derive(taken).state, derive(taken).changed, taken.prices) == ("ready", True, 2)
    assert evaluate(taken, replace(newer, prices=3)).reprice is None


def test_newer_prices_that_change_nothing_leave_what_is_synced_as_it_is() -> None:
    newer = inputs(prices=2, arrived=arrived(oldest=2, newest=2))
    taken = evaluate(DONE.but(prices_asked=2, complete=False), newer).facts
    assert (derive(taken).state, derive(taken).changed) == ("synced", False)


def test_a_wish_for_prices_that_were_not_heard_of_yet_waits_for_them() -> None:
    wanted = evaluate(DONE.but(prices_asked=3), inputs(prices=1))
    assert (derive(wanted.facts).state, wanted.reprice) == ("received", 3)


def test_a_sync_that_runs_keeps_its_snapshot_whatever_prices_are_wanted() -> None:
    running = DONE.but(prices_asked=2, approval=approval(1))
    assert evaluate(running, inputs(prices=2)).facts.complete


@pytest.mark.parametrize(
    ("more", "rises"),
    [
        ({"mapped": Mapped("C-2")}, True),
        ({"mapped": Mapped("C-1", "Another name")}, False),
        ({"mapped": Mapped("C-1", agreements={"B": "A-1"})}, False),
        ({"mapped": Mapped(None)}, True),
        ({"partner": partner(connection_id="other")}, True),
        ({"partner": partner(sell_below_cost="hold")}, False),
        ({"currency": "NZD"}, True),
        ({"arrived": arrived([[*LINES[0], line("1", "1", "1")], LINES[1]])}, True),
        ({"revision": 2}, False),
    ],
)
def test_the_version_rises_only_with_what_would_be_billed(
    more: dict[str, Any], rises: bool
) -> None:
    charged = evaluate(READY, inputs(**more)).facts.charge_set
    assert charged is not None
    assert charged.version == (2 if rises else 1)


def test_an_agreement_goes_onto_the_charge_where_the_psa_has_one() -> None:
    given = inputs(
        connectors={"slow": connector("Agreement")},
        mapped=Mapped("C-1", agreements={"AZ-CONS": "A-1", "B": "A-2"}),
    )
    charged = evaluate(Facts(), given).facts.charge_set
    assert charged is not None
    assert [one.agreement_id for one in charged.charges] == ["A-1", "A-2"]


def test_one_cent_at_one_kind_is_told_by_how_much_and_where() -> None:
    off = [[line("85.01"), LINES[0][1]], LINES[1]]
    facts = evaluate(Facts(), inputs(arrived=arrived(off))).facts
    (hold,) = facts.holds
    assert (hold.code, str(hold.amount)) == ("tie_out_failed", "0.01")
    assert "consumption: 0.01 AUD" in hold.message
    assert not facts.ties


def test_what_is_synced_belongs_to_its_connection() -> None:
    done = READY.but(synced=synced().model_copy(update={"digest": READY.charge_set.digest}))  # type: ignore[union-attr]
    moved = evaluate(done, inputs(partner=partner(connection_id="other"))).facts
    assert derive(moved).state == "synced"


def test_a_synced_tenant_that_a_revision_left_out_stays_with_a_warning() -> None:
    done = READY.but(synced=synced())
    facts = evaluate(done, inputs(superseded=True)).facts
    assert derive(facts).state == "synced"
    assert "newer revision" in facts.warnings[0].message
    assert evaluate(facts, replace(inputs(superseded=True), prices=9)).reprice is None
