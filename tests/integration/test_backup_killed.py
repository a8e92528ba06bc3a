"""A backup that is killed while commands wait for it: they go on, once each."""

import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from pydantic import SecretStr
from syncline_chassis.backup.archive import Archive, BackupError
from syncline_chassis.backup.command import BackupSettings, save
from syncline_chassis.backup.messages import commands_at_rest
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.service import Received, Service
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.standing import Standing
from syncline_chassis.testing.servers import start_both
from syncline_chassis.testing.service import idle_service
from syncline_chassis.testing.wait import until
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.profile import RepriceInvoiceV1

from tests.conftest import Servers
from tests.integration.test_delivery import administrator, running

WORK = ("COMMANDS", "pricing-commands")
PAUSE_S = 6.0
COMMANDS = 5
HANGS = """
import sys, time
from syncline_chassis.backup import command, databases

def hang(client, archive):
    print("commands wait", flush=True)
    time.sleep(600)

databases.save = hang
sys.exit(command.main())
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers of its own: a pause stops every command, and a backup reads every database."""
    nats, mongo = start_both(tmp_path_factory.mktemp("backup"))
    yield Servers(nats, mongo)
    nats.stop()
    mongo.stop()


def settings(own: Servers) -> BackupSettings:
    return BackupSettings(
        nats_url=own.nats.url,
        nats_password=SecretStr(own.nats.passwords[ADMINISTRATOR]),
        mongo_admin_url=SecretStr(own.mongo.url(ADMINISTRATOR)),
    )


@contextmanager
def hanging_backup(own: Servers, directory: Path) -> Iterator["subprocess.Popen[str]"]:
    """A backup in a process of its own that has paused the commands and comes to no end."""
    environment = os.environ | {
        "SYNCLINE_NATS_URL": own.nats.url,
        "SYNCLINE_NATS_PASSWORD": own.nats.passwords[ADMINISTRATOR],
        "SYNCLINE_MONGO_ADMIN_URL": own.mongo.url(ADMINISTRATOR),
        "SYNCLINE_BACKUP_PAUSE_S": str(PAUSE_S),
    }
    command = [sys.executable, "-c", HANGS, "save", str(directory)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "commands wait\n"
            yield process
        finally:
            process.kill()


def command(partner_id: str) -> RepriceInvoiceV1:
    return RepriceInvoiceV1(
        partner_id=partner_id,
        invoice_key="0123456789abcdef",
        revision=1,
        lane="small",
        pricing_version=1,
    )


def counting(own: Servers) -> Service:
    """Pricing, of which each command counts what it was asked for."""

    async def count(received: Received[Any], uow: UnitOfWork) -> None:
        await uow.collection("seen").update_one(
            {"_id": received.body.partner_id}, {"$inc": {"times": 1}}, upsert=True
        )

    service = idle_service("pricing", own.settings(ServiceSettings, "pricing"))
    service.commands[RepriceInvoiceV1] = count
    return service


async def seen(service: Service) -> dict[str, int]:
    rows = await service.mongo.collection("seen").find({})
    return {row["_id"]: row["times"] for row in rows}


def nobody_works(js: JetStreamContext, waiting: int) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        info: ConsumerInfo = await js.consumer_info(*WORK)
        assert info.paused
        return (info.num_pending, info.num_ack_pending) == (waiting, 0)

    return look


async def test_killed_while_commands_wait_it_loses_and_doubles_none_and_the_next_one_works(
    own: Servers, tmp_path: Path
) -> None:
    service, partners = counting(own), [f"p{number}" for number in range(COMMANDS)]
    async with (
        running(service),
        own.bus("mapping") as mapping,
        own.bus("portal") as portal,
        administrator(own) as js,
    ):
        began = time.monotonic()
        with hanging_backup(own, tmp_path / "killed") as backup:
            for partner_id in partners:
                await mapping.publish(command(partner_id))
            await until(nobody_works(js, COMMANDS))
            backup.kill()
        standing = {one.declared.name: one for one in await Standing(portal).durables()}
        assert standing["pricing-commands"].paused_until  # which `syncline doctor` tells
        assert standing["pricing-events"].paused_until is None
        assert await seen(service) == {}

        async def all_done() -> bool:
            return set(await seen(service)) == set(partners)

        await until(all_done)
        assert time.monotonic() - began > PAUSE_S - 1  # it was the pause that ended
        with pytest.raises(BackupError, match="no backup, or it was broken off"):
            Archive(tmp_path / "killed").parts()
        saved = await save(settings(own), tmp_path / "next")
        assert saved["databases/syncline_pricing/seen"] == COMMANDS
        assert saved["streams/COMMANDS"] == 0
        await mapping.publish(command("after"))

        async def goes_on() -> bool:
            return "after" in await seen(service)

        await until(goes_on)
        assert await seen(service) == dict.fromkeys([*partners, "after"], 1)


async def test_the_next_backup_ends_the_pause_of_one_that_was_killed(
    own: Servers, tmp_path: Path
) -> None:
    with hanging_backup(own, tmp_path / "killed") as backup:
        backup.kill()
    await save(settings(own), tmp_path / "next")
    async with administrator(own) as js:
        assert not (await js.consumer_info(*WORK)).paused


async def test_what_took_longer_than_the_pause_is_no_backup(own: Servers) -> None:
    async with administrator(own) as js:

        async def over() -> bool:
            return not (await js.consumer_info(*WORK)).paused

        with pytest.raises(BackupError, match=r"longer than 0\.2 s"):
            async with commands_at_rest(js, timedelta(seconds=0.2)):
                await until(over)
