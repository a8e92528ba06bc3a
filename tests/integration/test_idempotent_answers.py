"""Keys of commands in a real database: taken by one, answered again, taken over from the dead."""

import asyncio
from uuid import uuid4

from syncline_chassis.testing.clock import FixedClock
from syncline_chassis.testing.service import idle_service
from syncline_portal.idempotency import LEASE, AnswerStore, Kept
from syncline_portal.settings import Settings

from tests.conftest import Servers


async def test_one_of_many_takes_a_key_and_the_dead_give_it_back(servers: Servers) -> None:
    service = idle_service("portal", servers.settings(Settings, "portal", log_level="CRITICAL"))
    clock = FixedClock()
    service.clock = clock
    store, name = AnswerStore(service), uuid4().hex
    try:
        claims = await asyncio.gather(*(store.claim(name, "f") for _ in range(8)))
        assert claims.count(None) == 1
        assert [one for one in claims if one] == [Kept("f")] * 7
        clock.advance(LEASE.total_seconds() + 1)
        assert await store.claim(name, "other") == Kept("f")  # only the same command takes over
        assert await store.claim(name, "f") is None
        assert await store.claim(name, "f") == Kept("f")
        answer = Kept("f", 202, b"{}", (("location", "/v1"),))
        await store.keep(name, answer)
        clock.advance(LEASE.total_seconds() + 1)
        assert await store.claim(name, "f") == answer
        await store.forget(name)
        assert await store.claim(name, "f") is None
    finally:
        await service.mongo.close()
