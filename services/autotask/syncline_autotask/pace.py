"""How fast we go: the requests of an hour are shared with every other integration."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.errors import RateLimitedError

from syncline_autotask.schemas import AtThreshold

STEPS = ((0.75, 1.0), (0.5, 0.5))
"""Share of the hour's requests that is used -> pause before each of our calls."""
STOP, STOP_S = 0.9, 120.0
"""From this share on the rest is left to people and to other integrations."""
MOST_CALLS = 200
"""Of our own before we look again."""
Look = Callable[[], Awaitable[AtThreshold]]


@dataclass
class _Pace:
    version: int
    share: float = 0.0
    looked_at: float = float("-inf")
    calls: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Paces:
    """What is known of each connection's hour."""

    def __init__(self, look_s: float) -> None:
        self._look_s = look_s
        self._known: dict[tuple[str, str], _Pace] = {}

    async def keep(self, connection: Connection, gate: Gate, look: Look) -> None:
        """Before a call: look at the hour if need be, then wait as long as it asks for.

        Raises `RateLimitedError` where what is left should be left.
        """
        name = (connection.partner_id, connection.connection_id)
        pace = self._known.get(name)
        if pace is None or pace.version != connection.version:
            pace = self._known[name] = _Pace(connection.version)
        async with pace.lock:
            age_s = time.monotonic() - pace.looked_at
            if age_s >= self._look_s or pace.calls >= MOST_CALLS:
                pace.share = share_of(await look())
                pace.looked_at, pace.calls = time.monotonic(), 0
        pace.calls += 1
        if pace.share >= STOP:
            pace.looked_at = float("-inf")  # the first call afterwards looks again
            await gate.told_to_wait(STOP_S)
            raise RateLimitedError(
                f"{pace.share:.0%} of the requests that Autotask allows in an hour are used, most "
                "of them maybe by other integrations; the rest is left to them for now.",
                STOP_S,
            )
        pause_s = pause_of(pace.share)
        if pause_s:
            await asyncio.sleep(pause_s)


def share_of(told: AtThreshold) -> float:
    """How much of the hour is used; no amount of money, so a float will do."""
    allowed = told.external_request_threshold
    return told.current_timeframe_request_count / allowed if allowed > 0 else 0.0


def pause_of(share: float) -> float:
    """Seconds to wait before each call."""
    return next((pause_s for least, pause_s in STEPS if share >= least), 0.0)
