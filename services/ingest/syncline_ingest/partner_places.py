"""Places for slow work, shared fairly by partners."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class _Queue:
    def __init__(self) -> None:
        self.place = asyncio.Lock()
        self.asked = 0


class PartnerPlaces:
    """So many places, of which one partner has one at a time.

    Whoever asks for more waits behind all others, and `most` of a partner wait or work at all:
    each also keeps one of the few that take questions.
    """

    def __init__(self, places: int, most: int, refusal: Callable[[str, int], Exception]) -> None:
        """`refusal` says in the caller's words that a partner has so many already."""
        self._places = asyncio.Semaphore(places)
        self._most = most
        self._refusal = refusal
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def place(self, partner_id: str) -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises the refusal where too many wait already."""
        queue = self._queues.setdefault(partner_id, _Queue())
        if queue.asked >= self._most:
            raise self._refusal(partner_id, queue.asked)
        queue.asked += 1
        try:
            async with queue.place, self._places:
                yield
        finally:
            queue.asked -= 1
            if not queue.asked:
                del self._queues[partner_id]
