"""Whoever asks for many waits for their own, and nobody else for them."""

import asyncio
from collections import Counter

import pytest
from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until
from syncline_ingest.original_row import AT_ONCE, MOST_OF_A_PARTNER, too_many
from syncline_ingest.partner_places import PartnerPlaces


class Reading:
    """Rows that are read until they are let go."""

    def __init__(self) -> None:
        self.places = PartnerPlaces(AT_ONCE, MOST_OF_A_PARTNER, too_many)
        self.asked: list[str] = []
        self.underway: list[str] = []
        self.done: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def _read(self, name: str) -> None:
        self.asked.append(name)
        async with self.places.place(name.split("-")[0]):
            self.underway.append(name)
            await self._ends[name].wait()
            self.underway.remove(name)
        self.done.append(name)

    async def ask(self, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks.append(asyncio.create_task(self._read(name)))
        await self._seen(self.asked, *self.asked, *names)

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self._seen(self.done, *self.done, name)

    async def has_underway(self, *names: str) -> None:
        await self._seen(self.underway, *names)

    async def _seen(self, found: list[str], *names: str) -> None:
        async def look() -> bool:
            return found == [*names]

        await until(look, timeout_s=5, what=f"{names} instead of {found}")


async def test_who_asks_for_many_keeps_no_other_partner_waiting() -> None:
    reading = Reading()
    await reading.ask("acme-1", "acme-2", "acme-3", "acme-4", "other-1")
    await reading.has_underway("acme-1", "other-1")
    await reading.ask("third-1")
    await reading.end("acme-1")
    await reading.has_underway("other-1", "third-1")  # before the second of acme
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
    await reading.ask(*names)
    with pytest.raises(ProblemError, match="are being looked up for acme") as refused:
        async with reading.places.place("acme"):
            pass
    assert refused.value.status == 429
    async with reading.places.place("other"):
        pass
    for name in names:
        await reading.end(name)
    await asyncio.gather(*reading.tasks)
    async with reading.places.place("acme"):
        pass


async def test_who_goes_away_while_waiting_leaves_its_place() -> None:
    reading = Reading()
    await reading.ask("acme-1", "acme-2")
    reading.tasks[1].cancel()
    await reading.end("acme-1")
    await asyncio.gather(*reading.tasks, return_exceptions=True)
    async with reading.places.place("acme"):
        pass
    assert reading.done == ["acme-1"]
