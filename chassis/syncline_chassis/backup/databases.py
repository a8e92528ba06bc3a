"""Databases out of and into an archive. All of them are read at one moment, by a snapshot."""

from collections.abc import Iterator
from typing import Any

from pymongo import MongoClient
from pymongo.client_session import ClientSession

from syncline_chassis.backup.archive import Archive, BackupError
from syncline_chassis.provision import DATABASE_PREFIX

FOLDER = "databases"
BATCH = 500
Client = MongoClient[dict[str, Any]]


def save(client: Client, archive: Archive) -> dict[str, int]:
    """Write every collection of every service; documents per collection.

    The database keeps a snapshot for `minSnapshotHistoryWindowInSeconds`, five minutes by default:
    raise it where a backup takes longer.
    """
    saved = {}
    with client.start_session(snapshot=True) as session:
        for name in _databases(client):
            for collection in sorted(client[name].list_collection_names()):
                if not collection.startswith("system."):
                    part = f"{FOLDER}/{name}/{collection}"
                    saved[part] = archive.write(part, _all(client, name, collection, session))
    return saved


def _all(
    client: Client, name: str, collection: str, session: ClientSession
) -> Iterator[dict[str, Any]]:
    yield from client[name][collection].find({}, session=session, batch_size=BATCH)


def restore(client: Client, archive: Archive) -> dict[str, int]:
    """Write every collection back. Indexes are each service's own, made at its start.

    Raises `BackupError` where a database holds something.
    """
    parts = [name for name in archive.parts() if name.startswith(f"{FOLDER}/")]
    for name in _databases(client):
        for collection in client[name].list_collection_names():
            if client[name][collection].find_one() is not None:
                raise BackupError(f"{name}.{collection} is not empty: restore into a new database.")
    restored = {}
    for part in parts:
        _, name, collection = part.split("/", 2)
        restored[part], batch = 0, []
        for document in archive.read(part):
            batch.append(document)
            if len(batch) == BATCH:
                client[name][collection].insert_many(batch)
                restored[part] += len(batch)
                batch = []
        if batch:
            client[name][collection].insert_many(batch)
            restored[part] += len(batch)
    return restored


def _databases(client: Client) -> list[str]:
    return sorted(name for name in client.list_database_names() if name.startswith(DATABASE_PREFIX))
