"""Under every fault the PSA holds each record exactly once, with the right amount.

`make chaos RUNS=500 SEED=1` plays as many seeded runs and writes `build/chaos.json`.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from syncline_chassis.rights import ADMINISTRATOR

from tests.chaos.connector_rig import SYSTEMS, Rig, Victim
from tests.chaos.connector_run import WRONG, Run, StubbornDesk
from tests.chaos.tally import Tally

RUNS = int(os.environ.get("CHAOS_RUNS", "30"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
AT_ONCE = 6
"""Runs side by side: what dies, dies under all of them. The next one begins as soon as one ends."""
ENOUGH = 30
"""So many meet everybody with every kind of blow."""
EVERYTHING = 300
"""So many have met everything that can go wrong."""
NAMES = tuple(SYSTEMS)
REPORT = Path(__file__).parents[2] / "build" / "chaos.json"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.stop()


@pytest.mark.timeout(120 + 20 * RUNS)
async def test_nothing_is_lost_doubled_or_a_cent_off_whatever_dies(rig: Rig) -> None:
    tally = Tally()
    async with (
        rig.servers.bus("mapping") as mapping,
        rig.servers.bus("portal") as portal,
        rig.servers.bus(ADMINISTRATOR) as administrator,
    ):
        places = asyncio.Semaphore(AT_ONCE)

        async def play(number: int) -> None:
            async with places:
                connector = NAMES[number % len(NAMES)]
                desk = StubbornDesk(rig, connector, administrator, mapping, portal)
                await Run(rig, desk, SEED + number, tally).play()
                _report(tally, rig)  # what has been played counts even if the rest is not

        await asyncio.gather(*(play(number) for number in range(RUNS)))
    assert (tally.runs, tally.lost, tally.duplicated, tally.cents_off) == (RUNS, 0, 0, 0)
    if RUNS >= ENOUGH:
        for connector in NAMES:
            score = tally.by_connector[connector]
            assert score.faults.keys() == WRONG.keys(), connector
            assert set().union(*score.struck.values()) == set(get_args(Victim)), connector
    if RUNS >= EVERYTHING:
        assert tally.missed(WRONG) == []


def _report(tally: Tally, rig: Rig) -> None:
    faults = rig.sandbox.ask("GET", "faults")
    tally.fired({fault["fault_id"]: fault["fired"] for fault in faults})
    REPORT.parent.mkdir(exist_ok=True)
    found = {"seed": SEED, **tally.to_json(rig.kills)}
    REPORT.write_text(json.dumps(found, indent=1) + "\n")
