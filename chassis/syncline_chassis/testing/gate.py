"""A gate that lets everything pass, for clients in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from syncline_chassis.connector.limits import Gate


class OpenGate(Gate):
    """Notes what passes."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.waits: list[float] = []

    @asynccontextmanager
    async def call(self, operation: str) -> AsyncIterator[None]:
        """See `Gate.call`."""
        self.calls.append(operation)
        yield

    async def told_to_wait(self, seconds: float) -> None:
        """See `Gate.told_to_wait`."""
        self.waits.append(seconds)
