"""Wrong settings stop a service at its start, with one clear sentence and an exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pymongo import MongoClient
from syncline_chassis.bus import Bus
from syncline_chassis.errors import CannotStartError
from syncline_chassis.mongo import Database
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.startup import check_database, check_provisioned
from syncline_chassis.testing.clock import FixedClock
from syncline_chassis.testing.servers import NatsServer, find_mongod, free_port
from syncline_contracts.presence import SERVICES_BUCKET, Presence
from syncline_xero.app import main

from tests.conftest import Servers


def right(servers: Servers) -> dict[str, str]:
    return {
        "SYNCLINE_NATS_URL": servers.nats.url,
        "SYNCLINE_NATS_USER": "xero",
        "SYNCLINE_NATS_PASSWORD": servers.nats.passwords["xero"],
        "SYNCLINE_MONGO_URL": servers.mongo.url("xero"),
        "SYNCLINE_MONGO_DATABASE": "syncline_xero",
        "SYNCLINE_VAULT_KEYS": Fernet.generate_key().decode(),
        "SYNCLINE_START_TIMEOUT_S": "1.5",
    }


def refused(environment: dict[str, str], code: int) -> str:
    """Start it, which fails; what it says."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SYNCLINE_")}
    ended = subprocess.run(
        [sys.executable, "-c", "from syncline_xero.app import main; main()"],
        env=own | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    if code == 2:
        return ended.stderr
    last = json.loads(ended.stdout.splitlines()[-1])
    assert last["event"] == "cannot start"
    assert not any('"event":"started"' in line for line in ended.stdout.splitlines())
    return str(last["error"])


def test_settings_that_are_missing_or_wrong_are_all_named(servers: Servers) -> None:
    environment = right(servers) | {"SYNCLINE_XERO_TIMEOUT_S": "soon"}
    del environment["SYNCLINE_VAULT_KEYS"], environment["SYNCLINE_NATS_PASSWORD"]
    said = refused(environment, 2)
    assert "SYNCLINE_VAULT_KEYS is missing" in said
    assert "SYNCLINE_NATS_PASSWORD is missing" in said
    assert "SYNCLINE_XERO_TIMEOUT_S is not valid" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NATS_CA_FILE", "/nowhere/ca.crt", "cannot be read as certificates: /nowhere/ca.crt (No "),
        ("NATS_CA_FILE", __file__, "cannot be read as certificates"),
        ("VAULT_KEYS", "{key},sesame", "is not valid (key 2 is no Fernet key"),
        ("VAULT_KEYS", "", "No vault key is set: set SYNCLINE_VAULT_KEYS"),
        ("MONGO_URL", "localhost:27017", "is not valid (it is to be mongodb://"),
        ("MONGO_URL", "mongodb://xero:sesame/1@localhost:27017/", "percent-encoded"),
        ("LOG_LEVEL", "LOUD", "is not valid (it is one of DEBUG, INFO"),
        ("LOG_FILE", "/nowhere/log", "No such file or directory: '/nowhere/log'"),
    ],
)
def test_a_setting_of_which_nothing_can_be_made_is_named_in_one_sentence(
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
) -> None:
    given = right(servers) | {"SYNCLINE_NATS_URL": "tls://127.0.0.1:4222"}
    key = given["SYNCLINE_VAULT_KEYS"]
    for setting, text in (given | {f"SYNCLINE_{name}": value.replace("{key}", key)}).items():
        monkeypatch.setenv(setting, text)
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert f"SYNCLINE_{name}" in told or value in told
    assert told.startswith("Cannot start: ")
    assert told.count("\n") == 1
    assert "sesame" not in told


def test_secrets_are_read_from_files_too(servers: Servers, tmp_path: Path) -> None:
    environment = right(servers) | {"SYNCLINE_SECRETS_DIR": str(tmp_path)}
    (tmp_path / "syncline_vault_keys").write_text(environment.pop("SYNCLINE_VAULT_KEYS"))
    (tmp_path / "syncline_nats_password").write_text("wrong")
    del environment["SYNCLINE_NATS_PASSWORD"]
    assert "refuses the user 'xero'" in refused(environment, 3)  # so both files were read


def test_a_broker_that_is_not_there_is_named(servers: Servers) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    said = refused(right(servers) | {"SYNCLINE_NATS_URL": f"nats://{nobody}"}, 3)
    assert said.startswith(f"No broker answers at {nobody} within 1.5 s")


def test_a_database_that_is_not_there_is_named_without_its_password(servers: Servers) -> None:
    nobody, password = f"127.0.0.1:{free_port()}", servers.mongo.passwords["xero"]
    url = servers.mongo.url("xero").replace(f"127.0.0.1:{servers.mongo.port}", nobody)
    said = refused(right(servers) | {"SYNCLINE_MONGO_URL": url}, 3)
    assert said.startswith(f"No database answers at {nobody} within 1.5 s")
    assert password not in said


def test_a_database_user_who_is_refused_is_told_apart(servers: Servers) -> None:
    url = servers.mongo.url("xero").replace(servers.mongo.passwords["xero"], "wrong")
    assert "refuses the user" in refused(right(servers) | {"SYNCLINE_MONGO_URL": url}, 3)


async def test_a_broker_that_is_not_provisioned_yet_is_told_with_what_to_run(
    servers: Servers, tmp_path: Path
) -> None:
    bare = NatsServer(tmp_path, servers.nats.passwords)
    bare.start()
    try:
        said = refused(right(servers) | {"SYNCLINE_NATS_URL": bare.url}, 3)
        assert said.startswith("The broker has not the durable xero-commands: run `syncline-provi")
        settings = servers.settings(ServiceSettings, "portal", nats_url=bare.url)
        bus = Bus("portal", settings)  # which has no durables
        await bus.connect()
        with pytest.raises(CannotStartError, match="has not the bucket services: run `syncline-"):
            await check_provisioned(bus)
        await bare.provision()
        await check_provisioned(bus)
        await bus.stop()
    finally:
        bare.stop()


@contextmanager
def mongod_that_stands_alone(directory: Path) -> Iterator[int]:
    port = free_port()
    arguments = ["--port", str(port), "--dbpath", str(directory), "--bind_ip", "127.0.0.1"]
    with subprocess.Popen([find_mongod(), *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            with MongoClient[dict[str, object]](f"mongodb://127.0.0.1:{port}/") as client:
                client.admin.command("ping")
            yield port
        finally:
            process.terminate()


def test_a_database_without_a_replica_set_is_refused(servers: Servers, tmp_path: Path) -> None:
    with mongod_that_stands_alone(tmp_path) as port:
        url = f"mongodb://127.0.0.1:{port}/"
        said = refused(right(servers) | {"SYNCLINE_MONGO_URL": url}, 3)
    assert said.startswith(f"The database at 127.0.0.1:{port} is no replica set")


@pytest.mark.parametrize(("minutes", "side"), [(4, "240 s ahead of"), (-4, "240 s behind")])
async def test_a_clock_that_is_minutes_off_is_refused(
    servers: Servers, minutes: int, side: str
) -> None:
    settings = servers.settings(ServiceSettings, "xero")
    mongo = Database(settings.mongo_url.get_secret_value(), settings.mongo_database)
    clock = FixedClock(datetime.now(UTC))
    await check_database(mongo, settings, clock)
    clock.advance(60 * minutes)
    with pytest.raises(CannotStartError, match=side):
        await check_database(mongo, settings, clock)
    await mongo.close()


async def test_nobody_starts_beside_a_service_of_other_contracts(servers: Servers) -> None:
    now = datetime.now(UTC)
    other = Presence(
        service="mapping",
        instance="a1",
        version="7.0.0",
        contracts="9.1.0",
        started_at=now,
        said_at=now,
    )
    async with servers.bus(ADMINISTRATOR) as bus:
        await bus.kv_put(SERVICES_BUCKET, other.key, other.model_dump_json().encode())
        try:
            said = refused(right(servers), 3)
        finally:
            await (await bus.js.key_value(SERVICES_BUCKET)).purge(other.key)
    assert "mapping 7.0.0 is running with contracts 9.1.0" in said
