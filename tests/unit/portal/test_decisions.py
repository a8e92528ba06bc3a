"""Pages of several owners become one list, in which nothing is left out or told twice."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from syncline_chassis.errors import ProblemError
from syncline_contracts.audit import Decision, Decisions, ListDecisions, place_of
from syncline_portal.decisions import merged

from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal

START = datetime(2026, 11, 2, tzinfo=UTC)


def decision(owner: str, minute: int, number: int = 0) -> Decision:
    return Decision(
        decision_id=f"{owner}-{minute:03}-{number}",
        owner=owner,
        at=START + timedelta(minutes=minute),
        actor="ann",
        what="Something.",
        before=None,
        after=None,
    )


def page(kept: list[Decision], cursor: str | None, limit: int) -> Decisions:
    """What an owner answers."""
    behind = [one for one in kept if cursor is None or one.place < place_of(cursor)]
    behind.sort(key=lambda one: one.place, reverse=True)
    more = behind[limit - 1].cursor if len(behind) > limit else None
    return Decisions(entries=tuple(behind[:limit]), next_cursor=more)


@given(
    minutes=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=20),
    limit=st.integers(1, 7),
    shorter=st.integers(1, 7),
)
def test_page_by_page_every_decision_comes_once_and_newest_first(
    minutes: list[tuple[str, int]], limit: int, shorter: int
) -> None:
    everything = [decision(owner, minute, n) for n, (owner, minute) in enumerate(minutes)]
    found: list[Decision] = []
    cursor: str | None = None
    while True:
        # An owner may answer less than it was asked for.
        pages = [
            page([one for one in everything if one.owner == owner], cursor, min(limit, size))
            for owner, size in (("a", limit), ("b", shorter), ("c", limit))
        ]
        whole = merged(pages, limit)
        assert len(whole.entries) <= limit
        found += whole.entries
        cursor = whole.next_cursor
        if cursor is None:
            break
    assert found == sorted(everything, key=lambda one: one.place, reverse=True)


async def test_an_owner_that_is_away_is_named_and_the_others_are_told(
    app: FastAPI, fakes: FakePortal
) -> None:
    def answer(query: ListDecisions) -> Decisions:
        return Decisions(entries=(decision("x", 1),))

    fakes.bus.answers[ListDecisions] = answer
    fakes.bus.away.add("pricing")
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        found = (await client.get("/v1/partners/acme/audit", params={"who": "an"})).json()
    assert found["without"] == ["pricing"]
    assert {one["owner"] for one in found["entries"]} == {"x"}
    asked = [query for query, _ in fakes.bus.asked if isinstance(query, ListDecisions)]
    assert {(one.partner_id, one.who) for one in asked} == {("acme", "an")}


async def test_what_an_owner_refuses_is_refused(app: FastAPI, fakes: FakePortal) -> None:
    fakes.bus.answers[ListDecisions] = ProblemError(422, "unprocessable", "Not valid", "No.")
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get("/v1/partners/acme/audit", params={"cursor": "nonsense"})
    assert answer.status_code == 422


@pytest.mark.parametrize("cursor", ["", "nonsense", "2026-11-02~x", "~"])
def test_a_cursor_that_was_not_given_out_is_none(cursor: str) -> None:
    with pytest.raises(ValueError):
        place_of(cursor)
