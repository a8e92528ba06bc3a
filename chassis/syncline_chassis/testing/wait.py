"""Waiting for a condition instead of sleeping for luck."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(
    look: Callable[[], Awaitable[T | None]], *, timeout_s: float = 60.0, what: str = "the condition"
) -> T:
    """Look again and again until something truthy comes back. Raises `TimeoutError`."""
    deadline = time.monotonic() + timeout_s
    while True:
        seen = await look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {timeout_s} s")
        await asyncio.sleep(0.02)
