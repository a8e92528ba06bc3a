"""Keys are replaced while a service works: afterwards the old one opens nothing."""

import pytest
from cryptography.fernet import Fernet
from syncline_chassis.errors import DisabledError
from syncline_chassis.mongo import Database
from syncline_chassis.rotate import rotate
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.vault import Vault

from tests.conftest import Servers

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


async def test_every_secret_is_sealed_with_the_newest_key(servers: Servers) -> None:
    settings = servers.settings(ServiceSettings, "ingest")  # whose sources no other test keeps open
    database = Database(settings.mongo_url.get_secret_value(), settings.mongo_database)
    sources = database.collection("sources")
    ids = [f"rotated-{number}" for number in range(3)]
    mine = {"_id": {"$in": ids}}
    others = await sources.find({"_id": {"$nin": ids}})
    await sources.delete_many({"_id": {"$nin": ids}})
    try:
        for number, row_id in enumerate(ids):
            sealed = Vault([OLD]).seal({"access_token": f"t{number}"}) if number else ""
            await sources.insert_one(
                {"_id": row_id, "partner_id": "p", "source_id": row_id, "sealed": sealed}
            )
        with pytest.raises(DisabledError, match="put the former key back"):
            await rotate(database, Vault([NEW]))
        assert await rotate(database, Vault([NEW, OLD])) == 2
        kept = {row["_id"]: row["sealed"] for row in await sources.find(mine)}
        assert kept[ids[0]] == ""
        assert Vault([NEW]).open(kept[ids[2]]) == {"access_token": "t2"}
        with pytest.raises(DisabledError):
            Vault([OLD]).open(kept[ids[2]])
        assert await rotate(database, Vault([NEW])) == 2  # again: the same, without the old key
    finally:
        await sources.delete_many(mine)
        await sources.insert_many(others)
        await database.close()
