"""Answers to searches are kept for a moment, per connection, version and question."""

import pytest
from syncline_chassis.connector import pick_cache
from syncline_chassis.connector.pick_cache import PickCache
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.testing.clock import FixedClock
from syncline_contracts.query import PickItem, Picks, SearchPicks


class Asking:
    """A cache over a PSA that counts."""

    def __init__(self, ttl_s: float = 30.0) -> None:
        self.clock = FixedClock()
        self.asked = 0
        self.empty = False
        self._cache = PickCache(self.clock, ttl_s)

    async def ask(self, text: str = "a", partner: str = "acme", version: int = 1) -> Picks:
        async def answer() -> Picks:
            self.asked += 1
            return Picks(items=() if self.empty else (PickItem(id=text, name=partner),))

        connection = Connection(partner, "main", version, {})
        query = SearchPicks(partner_id=partner, connection_id="main", list="contacts", text=text)
        return await self._cache.get(connection, query, answer)


async def test_the_same_question_is_asked_once_until_its_time_is_over() -> None:
    cache = Asking()
    assert await cache.ask() == await cache.ask()
    assert cache.asked == 1
    cache.clock.advance(31)
    await cache.ask()
    assert cache.asked == 2


async def test_another_partner_question_or_version_is_asked_for_itself() -> None:
    cache = Asking()
    await cache.ask()
    others = [await cache.ask("b"), await cache.ask(partner="bolt"), await cache.ask(version=2)]
    assert cache.asked == 4
    assert [one.items[0].name for one in others] == ["acme", "bolt", "acme"]


async def test_nothing_found_is_asked_for_again_at_once() -> None:
    cache = Asking()
    cache.empty = True
    assert (await cache.ask()).items == ()
    cache.empty = False
    assert (await cache.ask()).items != ()


async def test_the_oldest_answers_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pick_cache, "MOST", 2)
    cache = Asking()
    for text in ("a", "b", "c", "c", "b"):
        await cache.ask(text)
    assert cache.asked == 3
    await cache.ask("a")
    assert cache.asked == 4
