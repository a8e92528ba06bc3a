"""Live views that are open in this process: how many, and the end of all of them at once."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


class EventStreams:
    """Counts live views; `close` ends them so that a drain does not wait for listeners."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self._ending: set[asyncio.Task[Any]] = set()
        self.closing = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return self._open >= self._most or self.closing.is_set()

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one for as long as it lives."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Tidy up after a listener whose own task is being cancelled."""
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def close(self) -> None:
        """End every live view; no new one starts."""
        self.closing.set()
