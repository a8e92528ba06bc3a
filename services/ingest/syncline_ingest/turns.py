"""Places for slow work, shared fairly by partners."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from syncline_chassis.errors import ProblemError


class _Queue:
    def __init__(self) -> None:
        self.place = asyncio.Lock()
        self.asked = 0


class Turns:
    """So many places, of which one partner has one at a time.

    Whoever asks for more waits behind all others, and `most` of a partner wait or work at all:
    each also keeps one of the few that take questions.
    """

    def __init__(self, places: int, most: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._most = most
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, partner_id: str) -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises `ProblemError` where too many wait already."""
        queue = self._queues.setdefault(partner_id, _Queue())
        if queue.asked >= self._most:
            raise ProblemError(
                429,
                "too_many",
                "Too many at once",
                f"{queue.asked} original rows are being looked up for {partner_id}. Ask again once "
                "they are there.",
            )
        queue.asked += 1
        try:
            async with queue.place, self._places:
                yield
        finally:
            queue.asked -= 1
            if not queue.asked:
                del self._queues[partner_id]
