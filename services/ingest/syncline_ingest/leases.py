"""Leases: one replica works on one thing at a time; a row in Mongo, changed by compare-and-set."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from syncline_chassis.clock import Clock
from syncline_chassis.mongo import (
    Collection,
    Database,
    Document,
    DuplicateKeyError,
    Index,
    MongoError,
)
from syncline_contracts.identity import new_id

LEASES = "leases"
INDEXES = (Index(LEASES, (("until", 1),), expire_after_s=3600),)
_LOOK_AGAIN_S = 0.2


class Leases:
    """Leases of this process. A lost one costs double work, never a double effect."""

    def __init__(self, database: Database, clock: Clock, ttl_s: float) -> None:
        self._rows: Collection = database.collection(LEASES)
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)

    @asynccontextmanager
    async def held(self, partner_id: str, name: str, *, wait_s: float = 0.0) -> AsyncIterator[bool]:
        """Hold a lease for the block, renewed meanwhile; False where somebody else has it."""
        owner = new_id()
        deadline = asyncio.get_running_loop().time() + wait_s
        while not (taken := await self._take(partner_id, name, owner)):
            if asyncio.get_running_loop().time() >= deadline:
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        if not taken:
            yield False
            return
        renewal = asyncio.create_task(self._renew(partner_id, name, owner))
        try:
            yield True
        finally:
            renewal.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewal
            with contextlib.suppress(MongoError):  # it runs out by itself
                await self._rows.delete_one(_row(partner_id, name) | {"owner": owner})

    async def _take(self, partner_id: str, name: str, owner: str) -> bool:
        now = self._clock.now()
        try:
            await self._rows.update_one(
                _row(partner_id, name) | {"$or": [{"owner": owner}, {"until": {"$lt": now}}]},
                {"$set": {"owner": owner, "until": now + self._ttl}},
                upsert=True,
            )
        except DuplicateKeyError:  # the row is there and belongs to somebody else
            return False
        return True

    async def _renew(self, partner_id: str, name: str, owner: str) -> None:
        while True:
            await asyncio.sleep(self._ttl.total_seconds() / 3)
            try:
                await self._rows.update_one(
                    _row(partner_id, name) | {"owner": owner},
                    {"$set": {"until": self._clock.now() + self._ttl}},
                )
            except MongoError as error:
                structlog.get_logger().warning("a lease was not renewed", error=repr(error))


def _row(partner_id: str, name: str) -> Document:
    return {"_id": f"{partner_id}/{name}", "partner_id": partner_id}
