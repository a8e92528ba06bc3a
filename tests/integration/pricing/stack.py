"""What the tests of pricing say to it over the bus, and what they see in the streams."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from pydantic import SecretStr
from syncline_chassis.bus import Bus, RawBatch
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.servers import MongoServer, NatsServer
from syncline_contracts.line import LinesPricedV1, LinesPublishedV1
from syncline_contracts.pricing_query import AssignProfile, ProfileSaved, SaveProfile
from syncline_contracts.profile import ProfileChangedV1, ProfileSettings

from tests.unit.pricing.samples import document, entry

T = TypeVar("T")
DEADLINE_S = 20.0
Stack = tuple[NatsServer, MongoServer]


def settings_for(user: str, servers: Stack) -> dict[str, Any]:
    bus, database = servers
    return {
        "nats_url": bus.url,
        "nats_user": user,
        "nats_password": SecretStr(bus.passwords[user]),
        "mongo_url": SecretStr(database.url(user)),
        "mongo_database": f"syncline_{user}",
        "log_level": "ERROR",
    }


async def connected(user: str, servers: Stack) -> Bus:
    bus = Bus(user, ServiceSettings(**settings_for(user, servers)))
    await bus.connect()
    return bus


class Seen:
    """What stands in the streams, read by the administrator."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def _all(self, stream: str, subject: str) -> list[RawBatch]:
        return [raw async for raw in self._bus.replay(stream, subject)]

    async def priced(self, partner_id: str, count: int) -> list[LinesPricedV1]:
        async def look() -> list[LinesPricedV1] | None:
            found = await self._all("LINES_PRICED", f"syncline.lines.priced.v1.*.{partner_id}.*")
            models = [LinesPricedV1.model_validate_json(raw.data) for raw in found]
            return models if len(models) >= count else None

        return await eventually(look)

    async def changes(self, partner_id: str, count: int) -> list[ProfileChangedV1]:
        async def look() -> list[ProfileChangedV1] | None:
            found = await self._all("EVENTS", f"syncline.evt.profile.changed.v1.{partner_id}.*")
            models = [ProfileChangedV1.model_validate_json(raw.data) for raw in found]
            return models if len(models) >= count else None

        return await eventually(look)

    async def dead_letters(self, partner_id: str, count: int) -> list[dict[str, Any]]:
        async def look() -> list[dict[str, Any]] | None:
            found = await self._all("DEADLETTERS", "syncline.dlq.pricing.>")
            bodies = [orjson.loads(raw.data) for raw in found]
            mine = [body for body in bodies if body["partner_id"] == partner_id]
            return mine if len(mine) >= count else None

        return await eventually(look)


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing came within {DEADLINE_S} s")


def published(partner_id: str, *rows: dict[str, Any], **fields: Any) -> LinesPublishedV1:
    return LinesPublishedV1.model_validate(document(rows, partner_id=partner_id, **fields))


async def save(
    portal: Bus,
    partner_id: str,
    percent: str = "0",
    *,
    profile_id: str = "std",
    expected: int | None = None,
    is_default: bool = False,
) -> ProfileSaved:
    return await portal.ask(
        SaveProfile(
            partner_id=partner_id,
            actor="ann@acme.example",
            expected_version=expected,
            profile_id=profile_id,
            settings=ProfileSettings(name=profile_id, entries=(entry(percent=percent),)),
            is_default=is_default,
        )
    )


async def assign(
    portal: Bus,
    partner_id: str,
    profile_id: str | None,
    *,
    tenant_id: str = "contoso",
    expected: int | None = None,
) -> int:
    edit = AssignProfile(
        partner_id=partner_id,
        actor="ann@acme.example",
        expected_version=expected,
        tenant_id=tenant_id,
        profile_id=profile_id,
    )
    return (await portal.ask(edit)).version
