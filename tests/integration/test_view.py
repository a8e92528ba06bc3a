"""A live view tells every fact once and in order, whatever becomes of its consumer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from syncline_chassis.bus import Bus
from syncline_chassis.errors import TransientError
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.servers import NatsServer
from syncline_chassis.testing.wait import until
from syncline_contracts.message import Headers
from syncline_contracts.profile import ProfileChangedV1

FACT = ProfileChangedV1(partner_id="p-1", pricing_version=1, what="New.", actor="ann")


@dataclass
class Scene:
    """A broker of its own, somebody who speaks, somebody who views."""

    nats: NatsServer
    speaker: Bus
    admin: Bus
    heard: list[str]

    async def say(self, *ids: str) -> None:
        """Say a fact under each of these ids, once the bus takes it."""
        for name in ids:
            headers = replace(Headers.about(FACT, source="pricing"), id=name)

            async def said(headers: Headers = headers) -> bool:
                try:
                    data = FACT.model_dump_json().encode()
                    await self.speaker.publish_raw(FACT.subject(), data, headers)
                except TransientError:
                    return False
                return True

            await until(said)

    async def hears(self, *ids: str) -> None:
        """The view has told exactly this."""

        async def look() -> bool:
            return len(self.heard) >= len(ids)

        await until(look, what=f"facts {ids} in place of {self.heard}")
        assert self.heard == list(ids)

    async def lose_consumer(self) -> None:
        """The server forgets the view's consumer."""
        for one in await self.admin.js.consumers_info("EVENTS"):
            if one.config.durable_name is None:
                await self.admin.js.delete_consumer("EVENTS", one.name)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    nats = NatsServer(tmp_path)
    nats.start()
    try:
        await nats.provision()
        async with _bus(nats, "pricing") as speaker, _bus(nats, ADMINISTRATOR) as admin:
            yield Scene(nats, speaker, admin, [])
    finally:
        nats.stop()


@asynccontextmanager
async def _bus(nats: NatsServer, name: str) -> AsyncIterator[Bus]:
    bus = Bus(
        name,
        ServiceSettings(
            nats_url=nats.url,
            nats_user=name,
            nats_password=SecretStr(nats.passwords[name]),
            mongo_url=SecretStr("mongodb://127.0.0.1:1"),
            mongo_database="none",
        ),
    )
    await bus.connect()
    try:
        yield bus
    finally:
        await bus.stop()


@pytest.fixture
async def viewer(scene: Scene) -> AsyncIterator[asyncio.Task[None]]:
    since = datetime.now(UTC) - timedelta(minutes=1)

    async def view(bus: Bus) -> None:
        async for fact in bus.follow("EVENTS", FACT.subject(), since=since):
            scene.heard.append(fact.headers.id)

    async with _bus(scene.nats, "portal") as bus:
        task = asyncio.create_task(view(bus))
        await scene.say("before")
        await scene.hears("before")
        yield task
        task.cancel()
        await asyncio.wait([task])


async def test_a_view_whose_consumer_is_lost_misses_nothing_and_repeats_nothing(
    scene: Scene, viewer: asyncio.Task[None]
) -> None:
    await scene.lose_consumer()
    await scene.say("meanwhile-1", "meanwhile-2")
    await scene.hears("before", "meanwhile-1", "meanwhile-2")
    await scene.lose_consumer()
    await scene.say("later")
    await scene.hears("before", "meanwhile-1", "meanwhile-2", "later")


async def test_a_view_outlives_its_broker(scene: Scene, viewer: asyncio.Task[None]) -> None:
    scene.nats.kill()
    scene.nats.start()
    await scene.say("after-1")
    await scene.hears("before", "after-1")
    scene.nats.stop()
    scene.nats.start()
    await scene.say("after-2")
    await scene.hears("before", "after-1", "after-2")
    assert not viewer.done()


async def test_a_view_of_a_stream_that_is_not_there_says_so(scene: Scene) -> None:
    view = scene.admin.follow("NOWHERE", "nowhere", since=datetime.now(UTC))
    with pytest.raises(TransientError, match="NOWHERE"):
        await anext(view)
