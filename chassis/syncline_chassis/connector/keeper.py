"""Secrets that a vendor replaces: renewed by one replica at a time, stored before they are used."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from syncline_chassis.connector.leases import leased
from syncline_chassis.connector.protocol import Renew
from syncline_chassis.errors import TransientError
from syncline_chassis.service import Service
from syncline_chassis.vault import Vault

CONNECTIONS = "connections"
LOOK_AGAIN_S = 0.1


class StoredKeeper:
    """See `syncline_chassis.connector.protocol.Keeper`: the secrets of one stored connection.

    A replica that dies while it renews holds the others up until its lease ends, no longer.
    """

    def __init__(
        self,
        service: Service,
        vault: Vault,
        partner_id: str,
        connection_id: str,
        version: int,
        ttl_s: float,
    ) -> None:
        self._service = service
        self._vault = vault
        self._partner_id = partner_id
        self._name = f"{partner_id}/{connection_id}"
        self._version = version
        self._ttl_s = ttl_s

    async def renew(self, renew: Renew) -> Mapping[str, str]:
        """See `Keeper.renew`."""
        async with self._alone():
            row = await self._row()
            secrets = self._vault.open(row["sealed"])
            renewed = await renew({**row["form"], **secrets})
            if renewed is None:
                return secrets
            kept = {**secrets, **renewed}
            await self._store(row["sealed"], self._vault.seal(kept))
            structlog.get_logger().info("secrets renewed", connection=self._name)
            return kept

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        lock = f"{self._name}/secrets"
        patience_ends = time.monotonic() + 2 * self._ttl_s
        while True:
            async with leased(self._service, self._partner_id, lock, self._ttl_s) as lease:
                if lease is not None:
                    yield
                    return
            if time.monotonic() > patience_ends:
                raise TransientError("Another worker is still renewing this connection's secrets.")
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _row(self) -> dict[str, Any]:
        rows = self._service.reading().collection(CONNECTIONS)
        row = await rows.find_one({"_id": self._name, "partner_id": self._partner_id})
        if row is None or row["version"] != self._version:
            raise _changed()
        return row

    async def _store(self, before: str, after: str) -> None:
        """Compare and set: what a person entered meanwhile is never overwritten."""
        outcome = await self._service.mongo.collection(CONNECTIONS).update_one(
            {"_id": self._name, "partner_id": self._partner_id, "sealed": before},
            {"$set": {"sealed": after}},
        )
        if not outcome.modified:
            raise _changed()


def _changed() -> TransientError:
    return TransientError("Somebody changed the connection meanwhile; it is opened again.")
