"""The ConnectWise connector on a real bus, a real database and the sandbox's ConnectWise."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import office
from syncline_connectwise.app import create_service
from syncline_connectwise.settings import Settings

from tests.conftest import Servers
from tests.integration.connectwise.desk import ConnectWiseDesk, DeskMaker
from tests.integration.connectwise.system import ConnectWiseSystem
from tests.integration.quick import quick
from tests.integration.sandbox import Sandbox


def connectwise_settings(servers: Servers, **extra: Any) -> Settings:
    return quick(servers, Settings, "connectwise", **extra)


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("connectwise") / "data")
    yield running
    running.stop()


@pytest.fixture
async def service(servers: Servers) -> AsyncIterator[Service]:
    running = create_service(connectwise_settings(servers))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def desks(servers: Servers, sandbox: Sandbox) -> AsyncIterator[DeskMaker]:
    async with office(servers.bus) as opened:
        yield lambda companies=3, **fields: opened.seat(
            lambda partner: ConnectWiseSystem(sandbox, partner, companies, **fields),
            ConnectWiseDesk,
        )
