"""Comparing off the event loop: small originals in a thread, large ones in a process."""

import asyncio
import os
import pickle
import sys
import threading
from asyncio.subprocess import PIPE

from syncline_ingest.originals import Original, Outcome, compared
from syncline_ingest.readers.refusal import RefusedDocumentError

PROCESS_FROM = 2 * 1024 * 1024
"""Bytes of both from which on a process is worth the third of a second that it takes to start."""


async def compare_apart(before: Original, after: Original) -> Outcome:
    """Compare two originals. Raises `RefusedDocumentError` where one cannot be read any more."""
    if before.size + after.size >= PROCESS_FROM:
        return await _in_process(before, after)
    return await _in_thread(before, after)


async def _in_thread(before: Original, after: Original) -> Outcome:
    stopping = threading.Event()

    def check() -> None:
        if stopping.is_set():
            raise InterruptedError("the service is stopping")

    task = asyncio.ensure_future(asyncio.to_thread(compared, before, after, check))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        # The thread cannot be cancelled: it is told, and the files must not close under it.
        stopping.set()
        await asyncio.wait([task])
        raise


async def _in_process(before: Original, after: Original) -> Outcome:
    """Neither publishing nor answers wait for it, and what reads the originals holds no secrets."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncline_ingest.comparing_process"),
        stdin=PIPE,
        stdout=PIPE,
        pass_fds=(before.descriptor, after.descriptor),
        env={"PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "1"},
    )
    try:
        told, _ = await process.communicate(pickle.dumps((before, after)))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if process.returncode:
        raise RuntimeError(f"the process that compares ended with {process.returncode}")
    # From our own process, which sends what it made and nothing that it read.
    outcome: Outcome | RefusedDocumentError = pickle.loads(told)  # noqa: S301  # nosec B301
    if isinstance(outcome, RefusedDocumentError):
        raise outcome
    return outcome
