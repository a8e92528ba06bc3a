"""A service process: it ends when it is asked to, whatever it waits for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from syncline_chassis.testing.servers import free_port
from syncline_chassis.testing.wait import until

from tests.conftest import Servers


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
