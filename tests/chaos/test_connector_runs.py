"""Under every fault the PSA holds each record exactly once, with the right amount.

`make chaos RUNS=500 SEED=1` plays as many seeded runs and writes `build/chaos.json`.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from syncline_chassis.rights import ADMINISTRATOR

from tests.chaos.connector_rig import SYSTEMS, Rig
from tests.chaos.connector_run import Run, StubbornDesk, Tally

RUNS = int(os.environ.get("CHAOS_RUNS", "30"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
AT_ONCE = 5
"""Runs side by side: what dies, dies under all of them."""
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

        def desk(connector: str) -> StubbornDesk:
            return StubbornDesk(rig, connector, administrator, mapping, portal)

        for first in range(0, RUNS, AT_ONCE):
            runs = [
                Run(rig, desk(NAMES[number % len(NAMES)]), SEED + number, tally)
                for number in range(first, min(first + AT_ONCE, RUNS))
            ]
            await asyncio.gather(*(run.play() for run in runs))
            _report(tally, rig)  # what has been played counts even if the rest is not
    assert (tally.runs, tally.lost, tally.duplicated, tally.cents_off) == (RUNS, 0, 0, 0)
    assert tally.faults
    assert rig.kills


def _report(tally: Tally, rig: Rig) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    found = {"seed": SEED, **tally.to_json(rig.kills)}
    REPORT.write_text(json.dumps(found, indent=1) + "\n")
