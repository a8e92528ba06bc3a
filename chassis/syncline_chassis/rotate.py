"""`syncline-rotate`: seal every stored secret of one service with its newest key.

Run it in the service's own environment, after the new key stands first in `SYNCLINE_VAULT_KEYS` of
every replica and the old one behind it. When it says that nothing is left, take the old one away.
"""

import asyncio
import sys

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from syncline_chassis.errors import SynclineError
from syncline_chassis.mongo import Collection, Database, MongoError
from syncline_chassis.settings import CONFIG, read
from syncline_chassis.vault import Vault, VaultKeys, keys_of

SEALED_IN = ("connections", "sources")
"""Collections with a field `sealed`; a service has one of them."""
ROUNDS = 5


class RotateSettings(BaseSettings):
    """Those of the service whose secrets these are."""

    model_config = CONFIG

    mongo_url: SecretStr
    mongo_database: str
    vault_keys: VaultKeys


async def rotate(database: Database, vault: Vault) -> int:
    """Seal anew; how many secrets. Safe while the service works, and to run again.

    Raises `DisabledError` for one that no key opens, `SynclineError` where one keeps changing.
    """
    done = 0
    for name in SEALED_IN:
        collection = database.collection(name)
        for row in await collection.find({"sealed": {"$nin": ["", None]}}, projection={"_id": 1}):
            done += await _rotate_one(collection, row["_id"], vault)
    return done


async def _rotate_one(collection: Collection, row_id: object, vault: Vault) -> int:
    for _ in range(ROUNDS):
        row = await collection.find_one({"_id": row_id}, projection={"sealed": 1})
        if row is None or not row.get("sealed"):
            return 0
        vault.open(row["sealed"])  # says which key is missing
        # Only what was read: a secret that the vendor replaced meanwhile is not put back.
        outcome = await collection.update_one(
            {"_id": row_id, "sealed": row["sealed"]},
            {"$set": {"sealed": vault.rotate(row["sealed"])}},
        )
        if outcome.matched:
            return 1
    raise SynclineError(f"The secret of {row_id} changes all the time. Run this once more.")


def main() -> int:
    """Rotate what the environment names."""
    settings = read(RotateSettings)

    async def run() -> int:
        database = Database(settings.mongo_url.get_secret_value(), settings.mongo_database)
        try:
            return await rotate(database, Vault(keys_of(settings.vault_keys)))
        finally:
            await database.close()

    try:
        done = asyncio.run(run())
    except (SynclineError, MongoError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"{settings.mongo_database}: {done} secrets are sealed with the newest key. "
        "No other key is needed any more.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
