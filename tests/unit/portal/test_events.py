"""Server-sent events: their form, whose they are, when they end."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from syncline_chassis.errors import TransientError
from syncline_chassis.testing.wait import until
from syncline_contracts.profile import ProfileChangedV1
from syncline_portal.events import FOLLOWING, HEARTBEAT, frame, frames
from syncline_portal.streams import EventStreams

from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import NOW, FakePortal, fact, settings


def changed(partner_id: str = "acme", version: int = 1, what: str = "New.") -> ProfileChangedV1:
    return ProfileChangedV1(partner_id=partner_id, pricing_version=version, what=what, actor="ann")


async def always() -> bool:
    return True


def view(
    fakes: FakePortal,
    may_go_on: Callable[[], Awaitable[bool]] = always,
    types: frozenset[str] = frozenset(),
) -> AsyncIterator[bytes]:
    return frames(fakes.portal, "acme", since=None, types=types, may_go_on=may_go_on)


def parse(raw: bytes) -> dict[str, Any]:
    assert raw.endswith(b"\n\n")
    fields = dict(line.split(": ", 1) for line in raw.decode().strip().split("\n"))
    return {**fields, "data": json.loads(fields["data"])}


def test_an_event_has_the_messages_id_type_and_body_on_one_line_each() -> None:
    told = fact(changed(what="line one\nline two\r\n\n: not a comment"))
    parsed = parse(frame(told))
    assert parsed["id"] == told.headers.id
    assert parsed["event"] == "profile.changed.v1"
    assert parsed["data"]["id"] == told.headers.id
    assert parsed["data"]["data"]["what"] == "line one\nline two\r\n\n: not a comment"
    assert parsed["data"]["time"].startswith(told.headers.time.isoformat()[:19])


async def test_only_the_partners_own_events_are_told(fakes: FakePortal) -> None:
    for event in (changed("other"), changed("acme")):
        fakes.bus.facts.put_nowait(fact(event))
    told = view(fakes)
    assert await anext(told) == FOLLOWING
    assert parse(await anext(told))["data"]["data"]["partner_id"] == "acme"
    ((stream, subject, since),) = fakes.bus.followed
    assert (stream, subject) == ("EVENTS", "syncline.evt.*.*.*.acme.*")
    assert since is not None
    assert NOW - timedelta(seconds=2) < since < NOW
    await told.aclose()  # type: ignore[attr-defined]
    await until(_nobody_listens(fakes))


async def test_only_the_types_that_were_asked_for_are_told(fakes: FakePortal) -> None:
    fakes.bus.facts.put_nowait(fact(changed()))
    told = view(fakes, types=frozenset({"tenant.synced.v1"}))
    assert [await anext(told) for _ in range(2)] == [FOLLOWING, HEARTBEAT]
    await told.aclose()  # type: ignore[attr-defined]


async def test_a_quiet_view_is_kept_alive(fakes: FakePortal) -> None:
    told = view(fakes)
    assert [await anext(told) for _ in range(3)] == [FOLLOWING, HEARTBEAT, HEARTBEAT]
    fakes.bus.facts.put_nowait(fact(changed()))
    seen = [await anext(told)]
    while seen[-1] == HEARTBEAT:
        seen.append(await anext(told))
    assert parse(seen[-1])["event"] == "profile.changed.v1"
    await told.aclose()  # type: ignore[attr-defined]


async def test_a_view_ends_when_its_token_is_revoked(fakes: FakePortal) -> None:
    async def revoked() -> bool:
        return False

    assert [one async for one in view(fakes, revoked)] == [FOLLOWING]
    await until(_nobody_listens(fakes))


async def test_a_view_that_breaks_says_so_and_ends(fakes: FakePortal) -> None:
    fakes.bus.facts.put_nowait(TransientError("The bus is away."))
    seen = [one async for one in view(fakes)]
    assert seen[0] == FOLLOWING
    assert b"event: problem" in seen[-1]
    assert b"The bus is away." in seen[-1]


async def test_a_stopping_portal_ends_its_views_and_opens_no_new_one(
    app: FastAPI, fakes: FakePortal
) -> None:
    async def listen() -> list[bytes]:
        return [one async for one in view(fakes)]

    listening = asyncio.create_task(listen())
    await until(_listening(fakes))
    fakes.streams.close()
    assert (await asyncio.wait_for(listening, 5))[0] == FOLLOWING
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get("/v1/partners/acme/events")
    assert answer.status_code == 503
    assert fakes.streams.open == 0


async def test_there_is_a_limit_to_views() -> None:
    streams, seen = EventStreams(most=2), []
    with streams.counted():
        seen.append(streams.full)
        with streams.counted():
            seen.append(streams.full)
    assert [*seen, streams.full] == [False, True, False]


async def test_the_route_streams_until_the_token_ends(app: FastAPI, fakes: FakePortal) -> None:
    token = fakes.tokens.give(acme="viewer")
    fakes.bus.facts.put_nowait(fact(changed()))

    async def revoke_soon() -> None:
        await until(_listening(fakes))
        fakes.tokens.actors.clear()

    revoking = asyncio.create_task(revoke_soon())
    async with caller(app, token) as client:
        answer = await client.get(
            "/v1/partners/acme/events", params={"since": "2026-11-01T00:00:00Z"}
        )
    await revoking
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith(": following\n\n")
    assert "event: profile.changed.v1\n" in answer.text
    assert str(fakes.bus.followed[0][2]) == "2026-11-01 00:00:00+00:00"


@pytest.mark.parametrize("since", ["yesterday", "2026-11-01T00:00:00"])
async def test_a_time_without_a_zone_is_refused(
    app: FastAPI, fakes: FakePortal, since: str
) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get("/v1/partners/acme/events", params={"since": since})
    assert answer.status_code == 422


def _listening(fakes: FakePortal) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return fakes.bus.listening > 0

    return look


def _nobody_listens(fakes: FakePortal) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return fakes.bus.listening == 0

    return look


def test_settings_are_refused_when_they_make_no_sense() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        settings(portal_event_streams=0)
