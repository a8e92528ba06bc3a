"""Connector, database or broker die while the PSA holds a request, of each verb and connector.

One blow meets a whole column: each cell is a partner of its own, and its request has reached the
sandbox, which keeps it until the victim is dead.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

import pytest
from syncline_chassis.testing.desk import Desk, charge, office
from syncline_chassis.testing.psa import Psa, Trouble, Verb
from syncline_chassis.testing.wait import until
from syncline_contracts.tenant import (
    ConnectorFact,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from tests.chaos.connector_rig import SYSTEMS, Rig, Victim
from tests.integration.process import patiently

Moment = Literal["before the PSA did it", "after the PSA did it"]
KINDS: dict[Moment, Trouble] = {
    "before the PSA did it": "slow",
    "after the PSA did it": "slow_after_commit",
}
VERBS: dict[str, tuple[Verb, type[ConnectorFact]]] = {
    "plan": ("read", TenantPlannedV1),
    "create": ("create", TenantVerifiedV1),
    "update": ("update", TenantVerifiedV1),
    "delete": ("delete", TenantReversedV1),
    "verify": ("read", TenantVerifiedV1),
}
"""What is asked -> the request that is held, and the fact that it ends with."""
TIMEOUT_S = 10.0
"""Of a connector's request: within it all of them arrive and somebody dies."""
FOREVER_S, PATIENCE_S = 600.0, 90.0


class Place(NamedTuple):
    """Where in the matrix."""

    connector: str
    verb: str
    moment: Moment


PLACES = [
    Place(connector, verb, moment)
    for connector in SYSTEMS
    for verb, (call, _) in VERBS.items()
    for moment in KINDS
    if call != "read" or moment == "before the PSA did it"
]


@dataclass(frozen=True)
class Seen:
    """What came of it."""

    wanted: list[tuple[str, Decimal]]
    standing: list[tuple[str, Decimal]]
    states: set[str]
    """Of its rows on the ledger."""
    told: list[type[ConnectorFact]]
    """How the request ended, as often as that was said."""
    planned_again: set[str]
    """What the same charges would do to the PSA now."""


class Cell:
    """One partner with one tenant."""

    def __init__(self, rig: Rig, desk: Desk, place: Place) -> None:
        self._rig, self._desk, self._place = rig, desk, place
        self._call, self._end = VERBS[place.verb]
        self._charges = desk.charges(0)
        self._plan: TenantPlannedV1 | None = None
        self._request = ""

    async def prepare(self) -> None:
        """Go as far as a partner has to be; from then on the PSA is going to hold the request."""
        desk, verb = self._desk, self._place.verb
        await patiently(desk.connect)
        if verb in ("update", "delete", "verify"):
            await desk.sync(self._charges)
        if verb == "update":
            dearer = charge("110.00"), charge("21.05", "AZ-RI")
            self._charges = desk.charges(0, *dearer, version=2)
        if verb in ("create", "update"):
            self._plan = await desk.plan(self._charges)
        desk.psa.trouble(KINDS[self._place.moment], self._call, delay_s=FOREVER_S)

    async def ask(self) -> None:
        """Ask for the verb."""
        desk, plan = self._desk, self._plan
        if plan is not None:
            self._request = await desk.ask_apply(plan.tenant_id, plan.plan_hash)
        elif self._place.verb == "plan":
            self._request = await desk.ask_plan(self._charges)
        elif self._place.verb == "delete":
            self._request = await desk.ask_reverse("tenant-0")
        else:
            self._request = await desk.ask_verify("tenant-0")

    async def see(self) -> Seen:
        """Wait for the end, carry out what was only planned, and look at everything."""
        desk = self._desk

        async def look() -> list[ConnectorFact]:
            self._rig.revive()
            return await self.ends()

        (end,) = await until(look, timeout_s=PATIENCE_S, what=f"an end of {self._place}")
        if isinstance(end, TenantPlannedV1):
            request = await desk.ask_apply(end.tenant_id, end.plan_hash)
            await desk.answer(TenantVerifiedV1, request)
        again = await desk.plan(self._charges)
        is_gone = self._place.verb == "delete"
        return Seen(
            wanted=[] if is_gone else sorted((one.label, one.amount) for one in again.writes),
            standing=sorted((one.label, one.amount) for one in desk.psa.standing()),
            states={row.state for row in await desk.ledger()},
            told=[type(fact) for fact in await self.ends()],
            planned_again={write.action for write in again.writes},
        )

    async def ends(self) -> list[ConnectorFact]:
        """How the request ended, as often as that was told."""
        kinds = (self._end, TenantSyncFailedV1, TenantDriftedV1)
        return [
            fact
            for fact in await self._desk.facts()
            if fact.request_id == self._request and isinstance(fact, kinds)
        ]


async def strike(rig: Rig, victim: Victim) -> Sequence[Seen | BaseException]:
    """Let every request be held, kill, let the PSA finish, start again; what was seen, by place."""
    async with office(rig.servers.bus) as opened:

        def cell(place: Place) -> Cell:
            def psa(partner: str) -> Psa:
                return SYSTEMS[place.connector](rig.sandbox, partner, 1)

            return Cell(rig, opened.seat(psa, Desk), place)

        async def all_held() -> bool:
            faults = rig.sandbox.ask("GET", "faults")
            return len(PLACES) == sum(int(fault["fired"]) for fault in faults)

        cells = [cell(place) for place in PLACES]
        await asyncio.gather(*(one.prepare() for one in cells))
        await asyncio.gather(*(one.ask() for one in cells))
        await until(all_held, what="a request of each cell at the PSA")
        names = tuple(SYSTEMS) if victim == "connector" else ("",)
        for name in names:
            rig.end(victim, name)
        assert [await one.ends() for one in cells] == [[]] * len(cells)
        rig.sandbox.ask("DELETE", "faults")
        for name in names:
            rig.start(victim, name)
        return await asyncio.gather(*(one.see() for one in cells), return_exceptions=True)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("matrix"), timeout_s=TIMEOUT_S, concurrency=8)
    yield made
    made.stop()


@pytest.fixture(scope="module", params=get_args(Victim))
def struck(rig: Rig, request: pytest.FixtureRequest) -> dict[Place, Seen | BaseException]:
    return dict(zip(PLACES, asyncio.run(strike(rig, request.param)), strict=True))


@pytest.mark.parametrize("place", PLACES, ids=lambda at: f"{at.connector}, {at.verb}, {at.moment}")
def test_killed_in_the_middle_of_a_request_each_record_is_there_once_and_right(
    struck: dict[Place, Seen | BaseException], place: Place
) -> None:
    seen = struck[place]
    assert isinstance(seen, Seen), repr(seen)
    assert seen.standing == seen.wanted
    assert seen.told == [VERBS[place.verb][1]]
    is_gone = place.verb == "delete"
    assert seen.states == {"removed" if is_gone else "verified"}
    assert seen.planned_again == {"create" if is_gone else "unchanged"}
