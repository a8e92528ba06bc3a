"""A page that keeps itself up to date by the partner's events."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import timedelta

from nicegui import background_tasks, ui
from syncline_chassis.errors import SynclineError, TransientError
from syncline_chassis.mongo import MongoError
from syncline_contracts import subjects
from syncline_contracts.stream import EVENTS_STREAM

from syncline_portal.look.trouble import session_ended
from syncline_portal.visit import SessionEndedError, Visit

OVERLAP = timedelta(seconds=1)
GATHER_S = 0.15
"""After an event: what it leads to comes with it, and is looked at once."""
PAUSE_S = 0.4
"""Between two looks at least."""
REST = 2
"""And so many times what the last look took: a large page is looked at less often."""
AGAIN_S = 2.0
OFTEN_S = 5.0
"""For pages of which no event tells."""


def keep_fresh(
    visit: Visit, refresh: Callable[[], Awaitable[None]], *, every_s: float | None = None
) -> None:
    """Call `refresh` after events of the partner, for as long as the page is open.

    `every_s` is for what no event tells: it is looked at that often besides.
    """
    live = _Live(visit, refresh, every_s)
    tasks = [background_tasks.create(live.follow()), background_tasks.create(live.repaint())]
    ui.context.client.on_delete(lambda: [task.cancel() for task in tasks])


class _Live:
    def __init__(
        self, visit: Visit, refresh: Callable[[], Awaitable[None]], every_s: float | None
    ) -> None:
        self._visit = visit
        self._refresh = refresh
        self._every_s = every_s
        self._client = ui.context.client
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Hear that something happened."""
        visit = self._visit
        subject, since = subjects.event("*.*.*", visit.partner_id), visit.portal.clock.now()
        while True:
            try:
                facts = visit.portal.bus.follow(EVENTS_STREAM.name, subject, since=since - OVERLAP)
                async with aclosing(facts) as following:
                    async for _ in following:
                        self._changed.set()
            except TransientError:
                await asyncio.sleep(AGAIN_S)
                self._changed.set()

    async def repaint(self) -> None:
        """Look again after it, until the session ends."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._every_s)
            await asyncio.sleep(GATHER_S)
            self._changed.clear()
            began = time.monotonic()
            with self._client:
                try:
                    await self._refresh()
                except SessionEndedError as error:
                    session_ended(self._visit, str(error))
                    return
                except (SynclineError, MongoError):
                    self._changed.set()  # the owner is away for a moment: look again
                    await asyncio.sleep(AGAIN_S)
            await asyncio.sleep(max(PAUSE_S, REST * (time.monotonic() - began)))
