"""Server-sent events: the facts of one partner, live, as they come from the bus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import SynclineError
from syncline_contracts import subjects
from syncline_contracts.stream import EVENTS_STREAM

from syncline_portal.ports import Portal

FOLLOWING = b": following\n\n"
HEARTBEAT = b": still here\n\n"
OVERLAP = timedelta(seconds=1)
"""A view starts a little before now: the bus' clock is not ours, and nothing may fall between."""


def frame(fact: RawBatch) -> bytes:
    """One fact as a server-sent event; its id is the message's, the same on every replay."""
    headers = fact.headers
    body = {
        "id": headers.id,
        "type": headers.type,
        "time": headers.time,
        "correlation_id": headers.correlation_id,
        "data": orjson.loads(fact.data),
    }
    return b"".join(
        (
            b"id: %s\n" % _one_line(headers.id),
            b"event: %s\n" % _one_line(headers.type),
            b"data: %s\n\n" % orjson.dumps(body),
        )
    )


def problem_frame(detail: str) -> bytes:
    """The last word of a view that broke; the listener opens another one."""
    return b"event: problem\ndata: %s\n\n" % orjson.dumps({"detail": detail})


def _one_line(text: str) -> bytes:
    return " ".join(text.split()).encode()


async def frames(
    portal: Portal,
    partner_id: str,
    *,
    since: datetime | None,
    types: frozenset[str],
    may_go_on: Callable[[], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """Events of a partner until the listener leaves, the token ends, or the portal stops."""
    subject = subjects.event("*.*.*", partner_id)
    source = portal.bus.follow(
        EVENTS_STREAM.name, subject, since=since or portal.clock.now() - OVERLAP
    )
    view = _View(portal, source)
    with portal.streams.counted():
        try:
            yield FOLLOWING
            async for fact in view.facts(may_go_on):
                if fact is None:
                    yield HEARTBEAT
                elif fact.partner_id == partner_id and (not types or fact.headers.type in types):
                    yield frame(fact)
        except SynclineError as error:
            yield problem_frame(str(error))
        finally:
            view.leave()


class _View:
    """One consumer of the bus, with a heartbeat in between."""

    def __init__(self, portal: Portal, source: AsyncIterator[RawBatch]) -> None:
        self._portal = portal
        self._source = source
        self._next: asyncio.Future[RawBatch] | None = None

    async def facts(
        self, may_go_on: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[RawBatch | None]:
        """Facts, and None whenever it is time for a heartbeat."""
        loop, pause_s = asyncio.get_running_loop(), self._portal.settings.portal_heartbeat_s
        closing = asyncio.ensure_future(self._portal.streams.closing.wait())
        beat_at = loop.time() + pause_s
        try:
            while not closing.done():
                self._next = self._next or asyncio.ensure_future(anext(self._source))
                waiting: set[asyncio.Future[Any]] = {self._next, closing}
                await asyncio.wait(
                    waiting,
                    timeout=max(0.0, beat_at - loop.time()),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if loop.time() >= beat_at:
                    if not await may_go_on():
                        return
                    beat_at = loop.time() + pause_s
                    yield None
                if self._next.done():
                    fact, self._next = self._next, None
                    try:
                        yield fact.result()
                    except StopAsyncIteration:
                        return
        finally:
            closing.cancel()

    def leave(self) -> None:
        """Let go of the consumer, also where this task may wait for nothing any more."""
        self._portal.streams.later(self._close())

    async def _close(self) -> None:
        if self._next is not None:
            self._next.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, SynclineError):
                await self._next
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()
