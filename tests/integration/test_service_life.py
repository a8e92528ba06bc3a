"""A service process: it ends when it is asked to, whatever it waits for."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from syncline_chassis.testing.servers import free_port, start_both
from syncline_chassis.testing.wait import until

from tests.conftest import Servers
from tests.integration.process import run_alone


def started(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    program = "from syncline_xero.app import main; main()"
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


@pytest.mark.parametrize("away", ["broker", "database"])
async def test_a_service_that_waits_for_its_servers_ends_at_once_when_asked(
    servers: Servers, tmp_path: Path, away: str
) -> None:
    log = tmp_path / "log"
    nobody = free_port()
    nats = f"nats://127.0.0.1:{nobody}" if away == "broker" else servers.nats.url
    mongo = servers.mongo.url("xero")
    if away == "database":
        mongo = mongo.replace(f":{servers.mongo.port}/", f":{nobody}/")
    environment = os.environ | {
        "SYNCLINE_NATS_URL": nats,
        "SYNCLINE_NATS_USER": "xero",
        "SYNCLINE_NATS_PASSWORD": servers.nats.passwords["xero"],
        "SYNCLINE_MONGO_URL": mongo,
        "SYNCLINE_MONGO_DATABASE": "syncline_xero",
        "SYNCLINE_VAULT_KEYS": Fernet.generate_key().decode(),
        "SYNCLINE_LOG_FILE": str(log),
    }
    process = started(environment)
    try:

        async def waits() -> bool:
            return log.exists() and "starting" in log.read_text()

        await until(waits)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert "stopped before it had started" in log.read_text()
    finally:
        process.kill()
        process.wait()


STUBBORN = """
import asyncio
from syncline_chassis.errors import TransientError
from syncline_chassis.process import serve
from syncline_xero.app import create_service
from syncline_xero.settings import Settings

async def never_ends():
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            pass

async def step():
    step.task = asyncio.create_task(never_ends())
    if FAILS:
        raise TransientError("The bus took no value.")

service = create_service(Settings())
service.on_start.append(step)
serve(service)
"""


@pytest.mark.parametrize(("fails", "code"), [(True, 3), (False, 0)])
async def test_a_task_that_does_not_let_itself_be_cancelled_holds_up_no_exit(
    servers: Servers, tmp_path: Path, fails: bool, code: int
) -> None:
    log = tmp_path / "log"
    key = Fernet.generate_key().decode()
    process = run_alone(servers, "xero", key, log, STUBBORN.replace("FAILS", str(fails)))
    try:
        if not fails:

            async def started_() -> bool:
                return log.exists() and '"started"' in log.read_text()

            await until(started_)
            process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == code
    finally:
        process.kill()
        process.wait()


def test_a_service_whose_servers_are_gone_ends_when_asked(tmp_path: Path) -> None:
    nats, mongo = start_both(tmp_path / "servers")
    log = tmp_path / "log"
    key = Fernet.generate_key().decode()
    quick = "import os; os.environ['SYNCLINE_DRAIN_TIMEOUT_S'] = '1'\n"
    main = "from syncline_xero.app import main; main()"
    process = run_alone(Servers(nats, mongo), "xero", key, log, quick + main)
    try:

        async def started_() -> bool:
            return log.exists() and '"started"' in log.read_text()

        asyncio.run(until(started_))
        nats.kill()
        mongo.kill()
        process.send_signal(signal.SIGTERM)
        # Far less than a driver's own patience with a server that is away.
        assert process.wait(15) == 0
        assert "nothing is lost" in log.read_text()
    finally:
        process.kill()
        process.wait()
        nats.stop()
        mongo.stop()
