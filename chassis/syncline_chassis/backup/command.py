"""`syncline-backup save DIRECTORY` and `syncline-backup restore DIRECTORY`."""

import argparse
import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from nats.aio.client import Client
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from syncline_chassis.backup import databases, messages
from syncline_chassis.backup.archive import Archive
from syncline_chassis.errors import SynclineError
from syncline_chassis.provision import connect
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.settings import CONFIG, read
from syncline_chassis.tls import tls_of


class BackupSettings(BaseSettings):
    """What the backup command is told: administrators of broker and database."""

    model_config = CONFIG

    nats_url: str
    nats_ca_file: Path | None = None
    nats_user: str = ADMINISTRATOR
    nats_password: SecretStr
    mongo_admin_url: SecretStr
    backup_pause_s: float = 3600.0
    """Commands wait no longer than that for a backup, also for one that was killed."""


async def save(settings: BackupSettings, directory: Path) -> dict[str, int]:
    """Databases first: what the streams have beyond them is handled after a restore."""
    archive = Archive(directory)
    longest = timedelta(seconds=settings.backup_pause_s)
    broker = await _broker(settings)
    try:
        async with messages.commands_at_rest(broker.jetstream(), longest):
            with _client(settings) as client:
                saved = await asyncio.to_thread(databases.save, client, archive)
            saved |= await messages.save(broker.jetstream(), archive)
    finally:
        await broker.close()
    archive.finish()
    return saved


async def restore(settings: BackupSettings, directory: Path) -> dict[str, int]:
    """Into a provisioned broker and database that hold nothing, before any service starts."""
    archive = Archive(directory)
    with _client(settings) as client:
        restored = databases.restore(client, archive)
    broker = await _broker(settings)
    try:
        return restored | await messages.restore(broker.jetstream(), archive)
    finally:
        await broker.close()


def _client(settings: BackupSettings) -> databases.Client:
    return MongoClient(settings.mongo_admin_url.get_secret_value(), tz_aware=True)


async def _broker(settings: BackupSettings) -> Client:
    return await connect(
        settings.nats_url,
        settings.nats_user,
        settings.nats_password.get_secret_value(),
        tls_of(settings.nats_url, settings.nats_ca_file),
    )


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="syncline-backup", description=__doc__)
    parser.add_argument("act", choices=("save", "restore"))
    parser.add_argument("directory", type=Path)
    chosen = parser.parse_args()
    act = {"save": save, "restore": restore}[chosen.act]
    try:
        done = asyncio.run(act(read(BackupSettings), chosen.directory))
    except (SynclineError, PyMongoError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, count in sorted(done.items()):
        if count:
            sys.stdout.write(f"{count:>9,}  {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
