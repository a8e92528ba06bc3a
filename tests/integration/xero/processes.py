"""The connector as a process of its own, to be killed."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until

from tests.conftest import Servers
from tests.integration.xero.conftest import VAULT_KEY


def environment(servers: Servers, log: Path) -> dict[str, str]:
    """What it needs to know."""
    return {
        "SYNCLINE_NATS_URL": servers.nats.url,
        "SYNCLINE_NATS_USER": "xero",
        "SYNCLINE_NATS_PASSWORD": servers.nats.passwords["xero"],
        "SYNCLINE_MONGO_URL": servers.mongo.url("xero"),
        "SYNCLINE_MONGO_DATABASE": "syncline_xero",
        "SYNCLINE_VAULT_KEYS": VAULT_KEY,
        "SYNCLINE_CONNECTOR_LEASE_S": "5",
        "SYNCLINE_CONNECTOR_EVERY_S": "0.2",
        "SYNCLINE_XERO_TIMEOUT_S": "2",
        "SYNCLINE_XERO_SETTLE_S": "0.4",
        "SYNCLINE_LOG_FILE": str(log),
    }


def run_alone(
    servers: Servers, log: Path, code: str = "from syncline_xero.app import main; main()"
) -> "subprocess.Popen[bytes]":
    """Start it."""
    return subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | environment(servers, log)
    )


async def patiently(act: Callable[[], Awaitable[object]]) -> None:
    """Do it once the process answers."""

    async def look() -> bool:
        try:
            await act()
        except ProblemError as error:
            if error.status != 503:
                raise
            return False
        return True

    await until(look)
