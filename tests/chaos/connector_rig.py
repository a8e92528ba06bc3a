"""Connectors as processes, broker, database, sandbox; all but the last can be killed."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from syncline_chassis.testing.psa import Psa
from syncline_chassis.testing.servers import start_both

from tests.chaos.conftest import ACK_WAIT_S
from tests.conftest import Servers
from tests.integration.autotask.system import AutotaskSystem
from tests.integration.connectwise.system import ConnectWiseSystem
from tests.integration.quick import VAULT_KEY
from tests.integration.sandbox import Sandbox
from tests.integration.xero.organisation import Organisation

Victim = Literal["connector", "mongod", "broker"]
SYSTEMS: dict[str, Callable[[Sandbox, str, int], Psa]] = {
    "xero": Organisation,
    "connectwise": ConnectWiseSystem,
    "autotask": AutotaskSystem,
}
"""Connector -> a PSA of the sandbox with some clients."""


class Rig:
    """What one series of runs stands on."""

    def __init__(self, directory: Path, *, timeout_s: float = 1.0, concurrency: int = 4) -> None:
        """A request of a connector lasts `timeout_s`; each works for `concurrency` partners."""
        nats, mongo = start_both(directory / "servers", ack_wait_s=ACK_WAIT_S)
        self.servers = Servers(nats, mongo)
        self.sandbox = Sandbox(directory / "sandbox")
        self.kills: Counter[str] = Counter()
        self._directory = directory
        self._timeout_s, self._concurrency = timeout_s, concurrency
        self._connectors = {name: self._spawn(name) for name in SYSTEMS}
        self._killing = asyncio.Lock()

    def _spawn(self, name: str) -> "subprocess.Popen[bytes]":
        servers, prefix = self.servers, f"SYNCLINE_{name.upper()}"
        environment = os.environ | {
            "SYNCLINE_NATS_URL": servers.nats.url,
            "SYNCLINE_NATS_USER": name,
            "SYNCLINE_NATS_PASSWORD": servers.nats.passwords[name],
            "SYNCLINE_MONGO_URL": servers.mongo.url(name),
            "SYNCLINE_MONGO_DATABASE": f"syncline_{name}",
            "SYNCLINE_VAULT_KEYS": VAULT_KEY,
            "SYNCLINE_RETRY_DELAY_S": "0.2",
            "SYNCLINE_CONNECTOR_LEASE_S": str(2 * self._timeout_s + 1),
            "SYNCLINE_CONNECTOR_EVERY_S": "0.2",
            "SYNCLINE_CONNECTOR_GATHER_S": "0.1",
            "SYNCLINE_CONNECTOR_CONCURRENCY": str(self._concurrency),
            f"{prefix}_TIMEOUT_S": str(self._timeout_s),
            f"{prefix}_SETTLE_S": "0.4",
            "SYNCLINE_LOG_FILE": str(self._directory / f"{name}.log"),
        }
        program = f"from syncline_{name}.app import main; main()"
        return subprocess.Popen([sys.executable, "-c", program], env=environment)

    def revive(self) -> None:
        """A process that ended by itself, for the broker or the database was away, is started."""
        for name, process in self._connectors.items():
            if process.poll() is not None:
                self._connectors[name] = self._spawn(name)

    async def kill(self, victim: Victim, connector: str) -> None:
        """SIGKILL, and start it again at once."""
        async with self._killing:
            self.end(victim, connector)
            self.start(victim, connector)

    def end(self, victim: Victim, connector: str) -> None:
        """SIGKILL."""
        self.kills[connector if victim == "connector" else victim] += 1
        match victim:
            case "connector":
                self._connectors[connector].kill()
                self._connectors[connector].wait()
            case "mongod":
                self.servers.mongo.kill()
            case "broker":
                self.servers.nats.kill()

    def start(self, victim: Victim, connector: str) -> None:
        """Start it again, by this very thread: a server ends with the thread that started it."""
        match victim:
            case "connector":
                self._connectors[connector] = self._spawn(connector)
            case "mongod":
                self.servers.mongo.start()
            case "broker":
                self.servers.nats.start()

    def stop(self) -> None:
        """End all of it."""
        for process in self._connectors.values():
            process.terminate()
        for process in self._connectors.values():
            process.wait(30)
        self.sandbox.stop()
        self.servers.nats.stop()
        self.servers.mongo.stop()
