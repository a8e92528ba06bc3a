"""What the PSA answered to a search a moment ago: a person types, and every pause asks again."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from syncline_contracts.query import Picks, SearchPicks

from syncline_chassis.clock import Clock
from syncline_chassis.connector.protocol import Connection

MOST = 500
"""Answers that one process keeps."""


class PickCache:
    """Answers by question and version of the connection: an edit of it leaves none behind.

    Nothing found is not kept: whoever misses a client makes it in the PSA and asks again.
    """

    def __init__(self, clock: Clock, ttl_s: float) -> None:
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)
        self._kept: dict[tuple[str, int], tuple[datetime, Picks]] = {}
        """The oldest first."""

    async def get(
        self, connection: Connection, query: SearchPicks, ask: Callable[[], Awaitable[Picks]]
    ) -> Picks:
        """The answer that is kept, else the PSA's own."""
        key = (query.model_dump_json(), connection.version)
        kept = self._kept.get(key)
        if kept is not None and self._clock.now() < kept[0]:
            return kept[1]
        self._kept.pop(key, None)
        found = await ask()
        if found.items:
            self._kept[key] = (self._clock.now() + self._ttl, found)
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return found
