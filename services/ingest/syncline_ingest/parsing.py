"""Parsing off the event loop: a small document in a thread, a large one in a process of its own.

Either way a few bundles are underway at most and are stored while reading goes on.
"""

import asyncio
import os
import pickle
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Any

from syncline_chassis.errors import TransientError

from syncline_ingest.batcher import Limits
from syncline_ingest.parsing_process import LENGTH, Job
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.readers.unpack import is_packed
from syncline_ingest.reading import Parsed, read
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch

PROCESS_FROM = 16 * 1024 * 1024
"""Unpacked bytes from which on a process is worth the third of a second that it takes to start."""
USUAL_RATIO = 20
"""Times its packed size, about, that an archive has unpacked."""
BUNDLES_UNDERWAY = 3
Store = Callable[[Sequence[StagedBatch]], Awaitable[None]]


async def parse(name: str, spool: Spool, store: Store, limits: Limits | None = None) -> Parsed:
    """Read a document and store its batches. Raises `RefusedDocumentError`.

    When it raises, some batches may be stored: they belong to a run that never counts.
    """
    size = spool.size * USUAL_RATIO if is_packed(spool) else spool.size
    if size >= PROCESS_FROM:
        return await _in_process(Job(name, spool.descriptor, spool.size, limits), store)
    return await _in_thread(name, spool, store, limits)


async def _in_thread(name: str, spool: Spool, store: Store, limits: Limits | None) -> Parsed:
    hand_over = _HandOver(store)

    def work() -> Parsed:
        try:
            parsed = read(name, spool, hand_over.put, limits)
            hand_over.wait_for_all_but(0)
            return parsed
        finally:
            hand_over.cancel()

    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        # The thread cannot be cancelled: it is told, and the file must not close under it.
        hand_over.stop()
        await asyncio.wait([task])
        raise


class _HandOver:
    """Bundles on their way from the thread that reads to the loop that stores."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._underway: list[Future[None]] = []

    def put(self, bundle: Sequence[StagedBatch]) -> None:
        """For the thread. Raises `InterruptedError` once it is stopped."""
        if self._stopping.is_set():
            raise InterruptedError("the service is stopping")
        self.wait_for_all_but(BUNDLES_UNDERWAY - 1)
        self._underway.append(asyncio.run_coroutine_threadsafe(self._stored(bundle), self._loop))
        if self._stopping.is_set():  # since the look above: who stops us may not have seen this one
            self.cancel()

    def wait_for_all_but(self, count: int) -> None:
        """For the thread. Raises what `store` raised."""
        while len(self._underway) > count:
            self._underway[0].result()  # it stays in reach of who stops us
            self._underway.pop(0)

    def stop(self) -> None:
        """For the loop."""
        self._stopping.set()
        self.cancel()

    def cancel(self) -> None:
        """For both."""
        for future in tuple(self._underway):
            future.cancel()

    async def _stored(self, bundle: Sequence[StagedBatch]) -> None:
        await self._store(bundle)


async def _in_process(job: Job, store: Store) -> Parsed:
    """A large document must not hold up the event loop, and what reads it holds no secrets."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncline_ingest.parsing_process"),
        stdin=PIPE,
        stdout=PIPE,
        pass_fds=(job.descriptor,),
        env={"PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "1"},
    )
    underway: deque[asyncio.Task[None]] = deque()

    async def stored(bundle: Sequence[StagedBatch]) -> None:
        await store(bundle)

    try:
        await _start(process, job)
        while True:
            found = await _receive(process, job.name)
            if isinstance(found, RefusedDocumentError):
                raise found
            if isinstance(found, Parsed):
                break
            while len(underway) >= BUNDLES_UNDERWAY:
                await underway.popleft()
            underway.append(asyncio.create_task(stored(found)))
        while underway:
            await underway.popleft()
        return found
    finally:
        for task in underway:
            task.cancel()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _start(process: Process, job: Job) -> None:
    assert process.stdin  # noqa: S101 - it was asked for
    process.stdin.write(pickle.dumps(job))
    process.stdin.close()


async def _receive(process: Process, name: str) -> Any:
    assert process.stdout  # noqa: S101 - it was asked for
    try:
        (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        # From our own process, which sends what it made and nothing that it read.
        return pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  # nosec B301
    except asyncio.IncompleteReadError:
        raise TransientError(f"{name}: reading broke off; it starts again.") from None
