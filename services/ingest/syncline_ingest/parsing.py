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
from syncline_ingest.reading import Parsed, read
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch

PROCESS_FROM = 2 * 1024 * 1024
"""Bytes from which on a process is worth the third of a second that it takes to start."""
BUNDLES_UNDERWAY = 3
Store = Callable[[Sequence[StagedBatch]], Awaitable[None]]


async def parse(name: str, spool: Spool, store: Store, limits: Limits | None = None) -> Parsed:
    """Read a document and store its batches. Raises `RefusedDocumentError`.

    When it raises, some batches may be stored: they belong to a run that never counts.
    """
    if spool.size >= PROCESS_FROM:
        return await _in_process(Job(name, spool.descriptor, spool.size, limits), store)
    return await _in_thread(name, spool, store, limits)


async def _in_thread(name: str, spool: Spool, store: Store, limits: Limits | None) -> Parsed:
    loop = asyncio.get_running_loop()
    stopping = threading.Event()
    underway: list[Future[None]] = []

    async def stored(bundle: Sequence[StagedBatch]) -> None:
        await store(bundle)

    def stored_but(count: int) -> None:
        while len(underway) > count:
            underway[0].result()  # it stays in reach of who stops us
            underway.pop(0)

    def put(bundle: Sequence[StagedBatch]) -> None:
        if stopping.is_set():
            raise InterruptedError("the service is stopping")
        stored_but(BUNDLES_UNDERWAY - 1)
        underway.append(asyncio.run_coroutine_threadsafe(stored(bundle), loop))

    def work() -> Parsed:
        try:
            parsed = read(name, spool, put, limits)
            stored_but(0)
            return parsed
        finally:
            for future in underway:
                future.cancel()

    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        # The thread cannot be cancelled: it is told, and the file must not close under it.
        stopping.set()
        for future in tuple(underway):
            future.cancel()
        await asyncio.wait([task])
        raise


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
        return pickle.loads(await process.stdout.readexactly(length))  # noqa: S301
    except asyncio.IncompleteReadError:
        raise TransientError(f"{name}: reading broke off; it starts again.") from None
