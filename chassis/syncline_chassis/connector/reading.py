"""Reading from a vendor with a little patience."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from syncline_chassis.connector.leases import LeaseLostError
from syncline_chassis.errors import RateLimitedError, TransientError

T = TypeVar("T")
PAUSES_S = (0.2, 0.6)


class BusyError(RateLimitedError):
    """Too many calls at once: over in a moment, and nobody else's business."""


async def patiently(read: Callable[[], Awaitable[T]]) -> T:
    """Read; what fails for a moment is asked again at once, since the batch waits for it."""
    for pause_s in PAUSES_S:
        try:
            return await read()
        except BusyError as error:
            await asyncio.sleep(error.retry_after_s)
        except (RateLimitedError, LeaseLostError):
            raise
        except TransientError:
            await asyncio.sleep(pause_s)
    return await read()
