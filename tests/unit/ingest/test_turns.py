"""Whoever asks for many waits for their own, and nobody else for them."""

import asyncio
from collections import Counter

import pytest
from syncline_chassis.errors import ProblemError
from syncline_ingest.original_row import AT_ONCE, MOST_OF_A_PARTNER
from syncline_ingest.turns import Turns


class Reading:
    """Rows that are read until they are let go."""

    def __init__(self) -> None:
        self.turns = Turns(AT_ONCE, MOST_OF_A_PARTNER)
        self.underway: list[str] = []
        self.done: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def _read(self, name: str) -> None:
        async with self.turns.turn(name.split("-")[0]):
            self.underway.append(name)
            await self._ends[name].wait()
            self.underway.remove(name)
        self.done.append(name)

    async def asked(self, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks.append(asyncio.create_task(self._read(name)))
        await settled()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settled()


async def settled() -> None:
    """Every task has gone as far as it can: nothing here waits for anything outside."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_asks_for_many_keeps_no_other_partner_waiting() -> None:
    reading = Reading()
    await reading.asked("acme-1", "acme-2", "acme-3", "acme-4", "other-1")
    assert reading.underway == ["acme-1", "other-1"]
    await reading.asked("third-1")
    await reading.end("acme-1")
    assert reading.underway == ["other-1", "third-1"]  # before the second of acme
    for name in ("other-1", "third-1", "acme-2", "acme-3", "acme-4"):
        await reading.end(name)
    await asyncio.gather(*reading.tasks)
    assert Counter(name.split("-")[0] for name in reading.done) == {
        "acme": 4,
        "other": 1,
        "third": 1,
    }


async def test_more_than_so_many_of_one_partner_are_refused_in_words() -> None:
    reading = Reading()
    names = [f"acme-{number}" for number in range(MOST_OF_A_PARTNER)]
    await reading.asked(*names)
    with pytest.raises(ProblemError, match="are being looked up for acme") as refused:
        async with reading.turns.turn("acme"):
            pass
    assert refused.value.status == 429
    async with reading.turns.turn("other"):
        pass
    for name in names:
        await reading.end(name)
    await asyncio.gather(*reading.tasks)
    async with reading.turns.turn("acme"):
        pass


async def test_who_goes_away_while_waiting_leaves_its_place() -> None:
    reading = Reading()
    await reading.asked("acme-1", "acme-2")
    reading.tasks[1].cancel()
    await reading.end("acme-1")
    await asyncio.gather(*reading.tasks, return_exceptions=True)
    async with reading.turns.turn("acme"):
        pass
    assert reading.done == ["acme-1"]
