"""Leases: one worker at a time writes for a partner, across all replicas."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from syncline_contracts.identity import new_id

from syncline_chassis.errors import TransientError
from syncline_chassis.mongo import DuplicateKeyError, MongoError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork

LEASES = "leases"


class LeaseLostError(TransientError):
    """Somebody else may have it by now: stop, and change nothing more."""


class Lease:
    """Holds one lock; renewed in the background while its block runs."""

    def __init__(self, service: Service, partner_id: str, lock: str, ttl_s: float) -> None:
        self._service = service
        self._partner_id = partner_id
        self._lock = lock
        self._ttl_s = ttl_s
        self._owner = new_id()
        self._deadline = 0.0

    def check(self) -> None:
        """Raises `LeaseLostError` unless a third of the time is left; called before each send."""
        if time.monotonic() > self._deadline - self._ttl_s / 3:
            raise LeaseLostError(f"The lease on {self._lock} ran out; another worker goes on.")

    async def fence(self, uow: UnitOfWork) -> None:
        """Make a transaction fail if somebody else took the lease."""
        mine = await uow.collection(LEASES).update_one(self._mine(), {"$inc": {"fence": 1}})
        if not mine.matched:
            raise LeaseLostError(f"The lease on {self._lock} was taken by another worker.")

    async def take(self) -> bool:
        """Take or renew it; False where somebody else has it."""
        asked, now = time.monotonic(), self._service.clock.now()
        until = now + timedelta(seconds=self._ttl_s)
        try:
            await self._service.mongo.collection(LEASES).update_one(
                {
                    "_id": self._lock,
                    "partner_id": self._partner_id,
                    "$or": [{"until": {"$lt": now}}, {"owner": self._owner}],
                },
                {"$set": {"owner": self._owner, "until": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        self._deadline = asked + self._ttl_s
        return True

    async def keep(self) -> None:
        """Renew until cancelled or lost."""
        while True:
            await asyncio.sleep(self._ttl_s / 4)
            try:
                if not await self.take():
                    self._deadline = 0.0
                    return
            except MongoError as error:
                structlog.get_logger().warning(
                    "a lease was not renewed", lock=self._lock, error=repr(error)
                )

    async def give_back(self) -> None:
        """Let the next one have it at once."""
        with contextlib.suppress(MongoError):  # it runs out by itself
            await self._service.mongo.collection(LEASES).delete_one(self._mine())

    def _mine(self) -> dict[str, object]:
        return {"_id": self._lock, "partner_id": self._partner_id, "owner": self._owner}


@asynccontextmanager
async def leased(
    service: Service, partner_id: str, lock: str, ttl_s: float
) -> AsyncIterator[Lease | None]:
    """Hold a lease for a block; None where somebody else has it."""
    lease = Lease(service, partner_id, lock, ttl_s)
    if not await lease.take():
        yield None
        return
    renewal = asyncio.create_task(lease.keep())
    try:
        yield lease
    finally:
        renewal.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewal
        await lease.give_back()
