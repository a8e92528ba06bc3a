"""A connector as a process of its own, to be killed."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from syncline_chassis.errors import ProblemError
from syncline_chassis.testing.wait import until

from tests.conftest import Servers


def environment(servers: Servers, connector: str, vault_key: str, log: Path) -> dict[str, str]:
    """What it needs to know."""
    return {
        "SYNCLINE_NATS_URL": servers.nats.url,
        "SYNCLINE_NATS_USER": connector,
        "SYNCLINE_NATS_PASSWORD": servers.nats.passwords[connector],
        "SYNCLINE_MONGO_URL": servers.mongo.url(connector),
        "SYNCLINE_MONGO_DATABASE": f"syncline_{connector}",
        "SYNCLINE_VAULT_KEYS": vault_key,
        "SYNCLINE_CONNECTOR_LEASE_S": "5",
        "SYNCLINE_CONNECTOR_EVERY_S": "0.2",
        f"SYNCLINE_{connector.upper()}_TIMEOUT_S": "2",
        f"SYNCLINE_{connector.upper()}_SETTLE_S": "0.4",
        "SYNCLINE_LOG_FILE": str(log),
    }


def run_alone(
    servers: Servers, connector: str, vault_key: str, log: Path, code: str = ""
) -> "subprocess.Popen[bytes]":
    """Start it; `code` stands in for its own main."""
    program = code or f"from syncline_{connector}.app import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | environment(servers, connector, vault_key, log),
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
