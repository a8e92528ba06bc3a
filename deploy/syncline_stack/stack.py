"""Broker, database, sandbox and every service, each as a process of its own."""

import asyncio
import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

from syncline_chassis.provision import provision_bus, provision_database
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.testing.servers import MongoServer, NatsServer

from syncline_stack.keepsake import SERVICES, Keepsake
from syncline_stack.process import Process, entry_point

READY_S = 60.0
WATCH_S = 0.1


class AlreadyRunningError(RuntimeError):
    """Another process runs a stack in this directory."""


class Stack:
    """A stack in a directory.

    `extra` adds environment variables per service (or `*`); a service in `apart`, or one replica of
    it such as `xero-2`, runs from an environment of its own, as its image has it. What is `later`
    is started by whoever wants it.
    """

    def __init__(
        self,
        directory: Path,
        *,
        extra: Mapping[str, Mapping[str, str]] | None = None,
        ack_wait_s: float | None = None,
        replicas: Mapping[str, int] | None = None,
        apart: Mapping[str, Path] | None = None,
        later: Collection[str] = (),
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory.resolve()
        self.keepsake = Keepsake.of(self.directory)
        self._extra = extra or {}
        self._apart = apart or {}
        self._later = later
        self._ack_wait_s = ack_wait_s
        self._lock: IO[str] | None = None
        ports, passwords = self.keepsake.ports, self.keepsake.passwords
        self.nats = NatsServer(self.directory / "nats", passwords, ports["nats"])
        self.mongo = MongoServer(self.directory / "mongo", passwords, ports["mongo"])
        self.processes = {"sandbox": self._sandbox()}
        for name in SERVICES:
            for number in range((replicas or {}).get(name, 1)):
                self.processes[name if number == 0 else f"{name}-{number + 1}"] = self._service(
                    name, number
                )
        self._watching = threading.Event()
        self._over = threading.Event()
        self._supervision = threading.Lock()
        self._watcher: threading.Thread | None = None

    @property
    def portal_url(self) -> str:
        """Where the REST API is."""
        return f"http://127.0.0.1:{self.keepsake.ports['portal']}"

    @property
    def sandbox_url(self) -> str:
        """Where the distributor's feed and Xero are played."""
        return f"http://127.0.0.1:{self.keepsake.ports['sandbox']}"

    @property
    def folder_root(self) -> Path:
        """Below it each partner has an inbox."""
        return self.directory / "folders"

    @property
    def token_file(self) -> Path:
        """The first operator's token."""
        return self.directory / "operator-token"

    # -- processes -------------------------------------------------------------------------

    def _sandbox(self) -> Process:
        port = self.keepsake.ports["sandbox"]
        folder = self.directory / "sandbox"
        return Process(
            "sandbox",
            [entry_point("syncline-sandbox"), "--port", str(port), "--data", str(folder / "data")],
            {},
            folder / "log",
            f"http://127.0.0.1:{port}/healthz",
        )

    def _service(self, name: str, number: int) -> Process:
        # The first replica has the port that everybody knows; the others take free ones.
        port = self.keepsake.ports[name] if number == 0 else Keepsake().ports[name]
        label = name if number == 0 else f"{name}-{number + 1}"
        environment = {
            "SYNCLINE_NATS_URL": os.environ.get("NATS_URL", self.nats.url),
            "SYNCLINE_NATS_USER": name,
            "SYNCLINE_NATS_PASSWORD": self.keepsake.passwords[name],
            "SYNCLINE_MONGO_URL": os.environ.get("MONGO_URL", self.mongo.url(name)),
            "SYNCLINE_MONGO_DATABASE": f"syncline_{name}",
            "SYNCLINE_HTTP_PORT": str(port),
            "SYNCLINE_VAULT_KEYS": self.keepsake.vault_keys[name],
        }
        if "NATS_URL" in os.environ:  # a server of your own: its credentials are in the address
            own = urlsplit(os.environ["NATS_URL"])
            environment["SYNCLINE_NATS_USER"] = own.username or ""
            environment["SYNCLINE_NATS_PASSWORD"] = own.password or ""
            environment["SYNCLINE_NATS_URL"] = f"{own.scheme}://{own.hostname}:{own.port or 4222}"
        if name == "ingest":
            environment["SYNCLINE_INGEST_FOLDER_ROOT"] = str(self.folder_root)
        if name == "portal":
            environment["SYNCLINE_PORTAL_BOOTSTRAP_TOKEN_FILE"] = str(self.token_file)
            environment["SYNCLINE_PORTAL_DEVELOPMENT_LOGIN"] = "true"
        environment |= {**self._extra.get("*", {}), **self._extra.get(name, {})}
        return Process(
            label,
            [entry_point(f"syncline-{name}", self._apart.get(label, self._apart.get(name)))],
            environment,
            self.directory / label / "log",
            f"http://127.0.0.1:{port}/readyz",
        )

    # -- life ------------------------------------------------------------------------------

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Start all and wait until all is ready. Raises `AlreadyRunningError`, `NotReadyError`.

        `prepare` is called when broker and database are provisioned, before any service starts.
        """
        self._take_lock()
        self.folder_root.mkdir(exist_ok=True)
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(self.keepsake.token + "\n")
        self.processes["sandbox"].start()
        self._start_servers()
        asyncio.run(self._provision())
        prepare()
        now = [one for name, one in self.processes.items() if name not in self._later]
        for process in now:
            if process.pid is None:
                process.start()
        deadline = time.monotonic() + READY_S
        for process in now:
            process.await_ready(deadline)
        self._write_whereabouts()
        self._watching.set()
        self._over.clear()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def _start_servers(self) -> None:
        own = self._servers()
        if "nats" in own:
            self.nats.launch()
        if "mongo" in own:
            self.mongo.start()
        if "nats" in own:
            self.nats.wait_for_port()

    async def _provision(self) -> None:
        password = self.keepsake.passwords[ADMINISTRATOR]
        url, user = self.nats.url, ADMINISTRATOR
        if "NATS_URL" in os.environ:
            own = urlsplit(os.environ["NATS_URL"])
            url, user, password = os.environ["NATS_URL"], own.username or "", own.password or ""
        await provision_bus(url, user, password, ack_wait_s=self._ack_wait_s)
        if "MONGO_URL" not in os.environ:
            await provision_database(self.mongo.url(ADMINISTRATOR), self.keepsake.passwords)

    def _watch(self) -> None:
        """Start again what died, as Kubernetes would; at most a few times a second.

        What it started ends with this thread, which therefore ends last.
        """
        while self._watching.is_set():
            with self._supervision:
                if self._watching.is_set():
                    self._start_what_died()
            time.sleep(WATCH_S)
        self._over.wait()

    def _start_what_died(self) -> None:
        for process in self.processes.values():
            if process.has_died():
                process.start()
        for server in self._servers().values():
            if not server.is_running:
                with contextlib.suppress(RuntimeError):  # it died again: the next look is soon
                    server.start()

    def _servers(self) -> dict[str, NatsServer | MongoServer]:
        """Broker and database, as far as they are this stack's own."""
        own: dict[str, NatsServer | MongoServer] = {}
        if "NATS_URL" not in os.environ:
            own["nats"] = self.nats
        if "MONGO_URL" not in os.environ:
            own["mongo"] = self.mongo
        return own

    def await_ready(self) -> None:
        """Wait until everything answers again, after something was killed."""
        deadline = time.monotonic() + READY_S
        for process in self.processes.values():
            process.await_ready(deadline, may_restart=True)

    def kill(self, name: str) -> None:
        """SIGKILL a process by name, or `nats` or `mongo`; it is started again at once."""
        (self._servers().get(name) or self.processes[name]).kill()

    def stop(self) -> None:
        """Services first, so that they can drain; then sandbox, database, broker."""
        if self._lock is None:  # not started, or refused: what runs here belongs to another
            return
        with self._supervision:  # nothing is started any more
            self._watching.clear()
        services = [one for name, one in self.processes.items() if name != "sandbox"]
        for group in (services, [self.processes["sandbox"]]):
            for process in group:
                process.terminate()
            for process in group:
                process.await_end(25.0)
        for server in self._servers().values():
            server.stop()
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        (self.directory / "stack.json").unlink(missing_ok=True)
        self._lock.close()
        self._lock = None

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Start, and stop whatever happens."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def pids(self) -> dict[str, int]:
        """Process id of everything that runs now; each leads a process group of its own."""
        servers = {name: server.process for name, server in self._servers().items()}
        found = {name: process.pid for name, process in self.processes.items()}
        found |= {name: server.pid for name, server in servers.items() if server is not None}
        return {name: pid for name, pid in found.items() if pid is not None}

    def _take_lock(self) -> None:
        lock = (self.directory / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunningError(
                f"A stack runs in {self.directory} already. Stop it (Ctrl-C) or use that one."
            ) from None
        self._lock = lock

    def _write_whereabouts(self) -> None:
        whereabouts = {
            "portal_url": self.portal_url,
            "token_file": str(self.token_file),
            "sandbox_url": self.sandbox_url,
            "folder_root": str(self.folder_root),
            "pids": self.pids(),
            "logs": {name: str(process.log) for name, process in self.processes.items()},
        }
        (self.directory / "stack.json").write_text(json.dumps(whereabouts, indent=1))
