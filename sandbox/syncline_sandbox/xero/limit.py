"""Xero's call limits: fixed windows that start at another moment for each organisation."""

import zlib
from collections import Counter
from dataclasses import dataclass

from syncline_sandbox.clock import Clock
from syncline_sandbox.store import Store
from syncline_sandbox.xero.organisation import Organisation

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call too many."""

    problem: str
    retry_after_s: int | None


class Limiter:
    """Counts calls per organisation and app; a refused call is not counted."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._running = Counter[str]()

    def enter(self, organisation: Organisation, client_id: str) -> Refusal | None:
        """Take a place; call `leave` afterwards unless refused."""
        limits, owner = organisation.limits, organisation.organisation_id
        if self._running[owner] >= limits.concurrent:
            return Refusal("concurrent", None)
        for problem, key, length, most in (
            ("day", owner, _DAY_S, limits.per_day),
            ("appminute", client_id, 60, limits.app_per_minute),
            ("minute", owner, 60, limits.per_minute),
        ):
            if self._used(problem, key, length) >= most:
                return Refusal(problem, self._left_s(key, length))
        for problem, key, length in (
            ("day", owner, _DAY_S),
            ("appminute", client_id, 60),
            ("minute", owner, 60),
        ):
            scope, window = self._window(problem, key, length)
            if self._store.count(scope, window) == 1:
                self._store.drop_counters(scope, keep=window)
        self._running[owner] += 1
        return None

    def leave(self, organisation: Organisation) -> None:
        """Give the place back."""
        self._running[organisation.organisation_id] -= 1

    def headers(self, organisation: Organisation, client_id: str) -> dict[str, str]:
        """Return what is left, as every reply says it."""
        limits, owner = organisation.limits, organisation.organisation_id
        left = {
            "x-minlimit-remaining": limits.per_minute - self._used("minute", owner, 60),
            "x-daylimit-remaining": limits.per_day - self._used("day", owner, _DAY_S),
            "x-appminlimit-remaining": limits.app_per_minute
            - self._used("appminute", client_id, 60),
        }
        return {name: str(max(0, number)) for name, number in left.items()}

    def _used(self, problem: str, key: str, length: int) -> int:
        scope, window = self._window(problem, key, length)
        return self._store.counters(scope).get(window, 0)

    def _window(self, problem: str, key: str, length: int) -> tuple[str, str]:
        number = int(self._clock.timestamp() + _shift(key, length)) // length
        return f"window:{problem}:{key}", str(number)

    def _left_s(self, key: str, length: int) -> int:
        return length - int(self._clock.timestamp() + _shift(key, length)) % length


def _shift(key: str, length: int) -> int:
    return zlib.crc32(key.encode()) % length
