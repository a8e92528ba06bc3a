"""A connector as its own process, broker, database and sandbox; the first three can be killed."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Literal

from syncline_chassis.testing.servers import start_both

from tests.chaos.conftest import ACK_WAIT_S
from tests.conftest import Servers
from tests.integration.xero.conftest import VAULT_KEY
from tests.integration.xero.sandbox import Sandbox

Victim = Literal["connector", "mongod", "broker"]


class Rig:
    """What one series of runs stands on."""

    def __init__(self, directory: Path) -> None:
        nats, mongo = start_both(directory / "servers", ack_wait_s=ACK_WAIT_S)
        self.servers = Servers(nats, mongo)
        self.sandbox = Sandbox(directory / "sandbox")
        self.log = directory / "connector.log"
        self.kills: Counter[Victim] = Counter()
        self._connector = self._spawn()
        self._killing = asyncio.Lock()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        environment = os.environ | {
            "SYNCLINE_NATS_URL": self.servers.nats.url,
            "SYNCLINE_NATS_USER": "xero",
            "SYNCLINE_NATS_PASSWORD": self.servers.nats.passwords["xero"],
            "SYNCLINE_MONGO_URL": self.servers.mongo.url("xero"),
            "SYNCLINE_MONGO_DATABASE": "syncline_xero",
            "SYNCLINE_VAULT_KEYS": VAULT_KEY,
            "SYNCLINE_RETRY_DELAY_S": "0.2",
            "SYNCLINE_CONNECTOR_LEASE_S": "3",
            "SYNCLINE_CONNECTOR_EVERY_S": "0.2",
            "SYNCLINE_CONNECTOR_GATHER_S": "0.1",
            "SYNCLINE_XERO_TIMEOUT_S": "1",
            "SYNCLINE_XERO_SETTLE_S": "0.4",
            "SYNCLINE_LOG_FILE": str(self.log),
        }
        return subprocess.Popen(
            [sys.executable, "-c", "from syncline_xero.app import main; main()"], env=environment
        )

    def revive(self) -> None:
        """A process that ended by itself, for the broker or the database was away, is started."""
        if self._connector.poll() is not None:
            self._connector = self._spawn()

    async def kill(self, victim: Victim) -> None:
        """SIGKILL, and start it again at once."""
        async with self._killing:
            self.kills[victim] += 1
            match victim:
                case "connector":
                    self._connector.kill()
                    self._connector.wait()
                    self._connector = self._spawn()
                case "mongod":
                    self.servers.mongo.kill()
                    await asyncio.to_thread(self.servers.mongo.start)
                case "broker":
                    self.servers.nats.kill()
                    await asyncio.to_thread(self.servers.nats.start)

    def stop(self) -> None:
        """End all of it."""
        self._connector.terminate()
        self._connector.wait(30)
        self.sandbox.stop()
        self.servers.nats.stop()
        self.servers.mongo.stop()
