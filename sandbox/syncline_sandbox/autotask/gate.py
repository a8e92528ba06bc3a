"""Who calls, how many at once, and how many within the hour."""

import asyncio
import hmac
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from syncline_sandbox.asgi import Reply, Scope, header
from syncline_sandbox.autotask.errors import (
    failure,
    over_threshold,
    too_many_threads,
    unauthorised,
)
from syncline_sandbox.autotask.system import System, Systems
from syncline_sandbox.clock import Clock
from syncline_sandbox.fault import Fault
from syncline_sandbox.stats import Stats

HOUR_S = 3600
SLOWER = ((0.75, 1.0), (0.5, 0.5))
"""Share of the hour's requests that is used -> how long each call is held up."""


class AutotaskGate:
    """Stands before every call except the one for the zone."""

    def __init__(self, systems: Systems, stats: Stats, clock: Clock) -> None:
        self._systems = systems
        self._stats = stats
        self._clock = clock
        self._called: dict[str, deque[float]] = defaultdict(deque)
        self._running: Counter[tuple[str, str]] = Counter()

    def caller(self, request: Request) -> System | Reply:
        """The system that the headers open. Only a wrong secret is a 401."""
        system = self._systems.get(user_of(request.scope))
        if system is None:
            return failure(500, "The user name is invalid.")
        if not _same(request.headers.get("apiintegrationcode"), system.integration_code):
            return failure(500, "IntegrationCode is invalid.")
        if not _same(request.headers.get("secret"), system.secret):
            return unauthorised()
        return system

    def used(self, system: System) -> int:
        """Requests within the last hour, of all integrations."""
        called = self._called[system.user_name]
        since = self._clock.timestamp() - HOUR_S
        while called and called[0] <= since:
            called.popleft()
        return len(called) + system.used_by_others

    @contextmanager
    def thread(self, system: System, endpoint: str) -> Iterator[Reply | None]:
        """Hold a thread of an endpoint for as long as the block lasts, or say why not."""
        name = (system.user_name, endpoint)
        if self._running[name] >= system.threads:
            self._stats.refused("autotask", system.user_name, "threads")
            yield too_many_threads(system.threads)
            return
        if self.used(system) >= system.per_hour:
            self._stats.refused("autotask", system.user_name, "hour")
            yield over_threshold()
            return
        self._called[system.user_name].append(self._clock.timestamp())
        self._running[name] += 1
        try:
            yield None
        finally:
            self._running[name] -= 1

    async def hold_up(self, system: System, fault: Fault | None) -> None:
        """What makes a call last."""
        share = self.used(system) / system.per_hour
        delay_s = system.latency_s + next((s for least, s in SLOWER if share >= least), 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)
        if fault is not None and fault.kind == "slow":
            await fault.hold()


def user_of(scope: Scope) -> str:
    """API user of a request."""
    return header(scope, "username") or ""


def _same(given: str | None, wanted: str) -> bool:
    return hmac.compare_digest((given or "").encode(), wanted.encode())
