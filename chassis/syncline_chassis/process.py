"""A process: it serves until it is told to stop, and its exit code says how that went."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Protocol

from syncline_chassis.bus import BUS_ERRORS
from syncline_chassis.errors import SynclineError
from syncline_chassis.mongo import Database, MongoError
from syncline_chassis.settings import WRONG_SETTINGS

CANNOT_START = 3
"""Exit code: what it stands on is not there or not as it must be."""


class Serving(Protocol):
    """What is served; see `Service`."""

    log: Any
    mongo: Database

    async def start(self) -> None:
        """Raises where it cannot start."""
        ...

    async def stop(self) -> None:
        """Drain and disconnect."""
        ...


def make_and_serve(make: Callable[[], Serving]) -> None:
    """Make a service, then `serve` it.

    Exits with `WRONG_SETTINGS` and a sentence where it cannot even be made.
    """
    try:
        service = make()
    except (SynclineError, MongoError, OSError) as error:
        sys.stderr.write(f"Cannot start: {str(error).removesuffix('.')}.\n")
        raise SystemExit(WRONG_SETTINGS) from None
    serve(service)


def serve(service: Serving) -> None:
    """Serve until SIGTERM or SIGINT. Exits with `CANNOT_START` when it cannot start."""
    try:
        import uvloop

        uvloop.run(_process(service))
    except ImportError:
        asyncio.run(_process(service))


async def _process(service: Serving) -> None:
    code = await _main(service)
    # All that matters is done. A driver's task that swallows its cancellation, or its thread
    # that waits for a server, must not keep a process that does nothing any more.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _main(service: Serving) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service.log.info("starting")
    starting = asyncio.create_task(service.start())
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        # It may wait for a broker or database that never comes. Nothing is under way yet.
        service.log.info("stopped before it had started")
        starting.cancel()
        await service.mongo.close()
        return 0
    try:
        await starting
    except (SynclineError, MongoError, TimeoutError, *BUS_ERRORS) as error:
        service.log.critical("cannot start", error=str(error) or repr(error))
        return CANNOT_START
    await stop.wait()
    await service.stop()
    return 0
