"""The database user that the guide gives the backup reads and writes what it must, and no more."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from syncline_chassis.backup import databases
from syncline_chassis.backup.archive import Archive
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.testing.servers import MongoServer

VALUES = Path(__file__).parents[2] / "deploy" / "values" / "mongodb.yaml"


def test_whoever_has_the_roles_of_the_values_saves_and_restores(tmp_path: Path) -> None:
    server = MongoServer(tmp_path / "mongo")
    server.start()
    try:
        (user,) = yaml.safe_load(VALUES.read_text())["users"]
        roles = [{"role": one["name"], "db": one["db"]} for one in user["roles"]]
        with MongoClient[dict[str, Any]](server.url(ADMINISTRATOR)) as administrator:
            ledger = administrator["syncline_xero"]["ledger"]
            ledger.insert_one({"_id": 1, "amount": "1.10"})
            administrator["admin"].command("createUser", user["name"], pwd="x", roles=roles)
            address = f"mongodb://{user['name']}:x@127.0.0.1:{server.port}/?authSource=admin"
            with MongoClient[dict[str, Any]](address, directConnection=True) as client:
                archive = Archive(tmp_path / "backup")
                assert databases.save(client, archive) == {"databases/syncline_xero/ledger": 1}
                archive.finish()
                ledger.delete_many({})
                restored = databases.restore(client, Archive(tmp_path / "backup"))
                assert restored == {"databases/syncline_xero/ledger": 1}
                assert ledger.find_one() == {"_id": 1, "amount": "1.10"}
                with pytest.raises(OperationFailure):
                    client["syncline_xero"]["ledger"].find_one_and_delete({})
    finally:
        server.stop()
