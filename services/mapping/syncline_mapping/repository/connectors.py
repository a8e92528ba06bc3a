"""Copies of the connectors' manifests, as evaluation reads them.

In the database, not in memory: what one replica has not heard of yet must not decide a tenant.
"""

import orjson
from syncline_chassis.unit_of_work import UnitOfWork

from syncline_mapping.domain.manifest import ConnectorManifest

CONNECTORS = "connectors"


class Connectors:
    """Manifests by name; they belong to no partner."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(CONNECTORS)

    async def all(self) -> dict[str, ConnectorManifest]:
        """Every connector that ever announced itself."""
        return {
            row["_id"]: ConnectorManifest.model_validate_json(row["manifest"])
            for row in await self._rows.find({})
        }

    async def save(self, manifest: ConnectorManifest) -> None:
        """Store what mapping reads of a manifest."""
        await self._rows.update_one(
            {"_id": manifest.name},
            {"$set": {"manifest": orjson.dumps(manifest.model_dump(mode="json")).decode()}},
            upsert=True,
        )
