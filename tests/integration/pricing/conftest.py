"""Pricing on a real bus and a real database, under its own users and rights."""

from collections.abc import AsyncIterator, Iterator

import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.service import Service
from syncline_chassis.testing.servers import start_both
from syncline_pricing.app import create_service
from syncline_pricing.settings import Settings

from tests.integration.pricing.stack import Seen, Stack, connected, settings_for


@pytest.fixture(scope="package")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    bus, database = start_both(tmp_path_factory.mktemp("pricing"))
    yield bus, database
    database.stop()
    bus.stop()


@pytest.fixture
async def pricing(servers: Stack) -> AsyncIterator[Service]:
    service = create_service(
        Settings(**settings_for("pricing", servers), pricing_reprice_every_s=0.2)
    )
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def ingest(servers: Stack) -> AsyncIterator[Bus]:
    bus = await connected("ingest", servers)
    yield bus
    await bus.stop()


@pytest.fixture
async def mapping(servers: Stack) -> AsyncIterator[Bus]:
    bus = await connected("mapping", servers)
    yield bus
    await bus.stop()


@pytest.fixture
async def portal(servers: Stack) -> AsyncIterator[Bus]:
    bus = await connected("portal", servers)
    yield bus
    await bus.stop()


@pytest.fixture
async def seen(servers: Stack) -> AsyncIterator[Seen]:
    bus = await connected(ADMINISTRATOR, servers)
    yield Seen(bus)
    await bus.stop()
