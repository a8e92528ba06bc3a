"""The folder a test stands in is its marker; real servers, once per session."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from syncline_chassis.bus import Bus
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.servers import MongoServer, NatsServer, start_both

pytest_plugins = ["tests.secrets_in_logs"]
pytest.register_assert_rewrite(
    *(
        f"syncline_chassis.testing.{name}"
        for name in ("conformance", "change", "desk", "offsets", "untrue_answers")
    )
)
# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
_TESTS = Path(__file__).parent
S = TypeVar("S", bound=ServiceSettings)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0]
        item.add_marker(folder)


def pytest_collection_finish() -> None:
    """What is imported by now stays: nobody has to look through it for garbage after each page."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class Servers:
    """A provisioned bus and database; each test uses partner ids of its own."""

    nats: NatsServer
    mongo: MongoServer

    def settings(self, kind: type[S], name: str, **extra: Any) -> S:
        """Settings of a service as its own user on both."""
        return kind(
            **{
                "nats_url": self.nats.url,
                "nats_user": name,
                "nats_password": SecretStr(self.nats.passwords[name]),
                "mongo_url": SecretStr(self.mongo.url(name)),
                "mongo_database": f"syncline_{name}",
                "retry_delay_s": 0.1,
                "fetch_wait_s": 0.3,
                **extra,
            }
        )

    @asynccontextmanager
    async def bus(self, name: str) -> AsyncIterator[Bus]:
        """The bus as one service, or as the administrator."""
        bus = Bus(name, self.settings(ServiceSettings, name))
        await bus.connect()
        try:
            yield bus
        finally:
            await bus.stop()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Real nats-server and mongod, with one user per service."""
    nats, mongo = start_both(tmp_path_factory.mktemp("servers"))
    yield Servers(nats, mongo)
    nats.stop()
    mongo.stop()
