"""Background work: woken or by the clock, never ended by an error."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from syncline_chassis.errors import TransientError
from syncline_chassis.metrics import Metrics
from syncline_chassis.mongo import is_passing

MAX_BACKOFF_S = 15.0


class Worker:
    """Calls `run` again and again, `concurrency` of them side by side."""

    def __init__(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        every_s: float,
        concurrency: int,
        metrics: Metrics,
    ) -> None:
        self.name = name
        self._run = run
        self._every_s = every_s
        self._concurrency = concurrency
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """Have it look now; a wake during a round is not lost."""
        self._woken.set()

    def start(self) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._loop(), name=f"{self.name}-{number}")
            for number in range(self._concurrency)
        ]

    async def stop(self) -> None:
        """Let the running rounds end."""
        self._stopping.set()
        self._woken.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _loop(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                await self._run()
                failures = 0
                pause = self._every_s
            except Exception as error:  # noqa: BLE001 - a worker outlives whatever happens in a round
                failures += 1
                pause = min(0.2 * 2.0 ** min(failures, 10), MAX_BACKOFF_S)
                self._report(error, failures)
            try:
                await asyncio.wait_for(self._woken.wait(), pause)
            except TimeoutError:
                continue

    def _report(self, error: Exception, failures: int) -> None:
        self._metrics.worker_failures.labels(self._metrics.service, self.name).inc()
        log = structlog.get_logger().bind(worker=self.name, failures=failures)
        if isinstance(error, TransientError) or is_passing(error):
            if failures == 1:  # an outage is logged once
                log.warning("worker waits", error=str(error) or repr(error))
        else:
            log.error("worker failed", exc_info=error)
