"""The Xero connector on a real bus, a real database and the sandbox's Xero."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import office
from syncline_xero.app import create_service
from syncline_xero.settings import Settings

from tests.conftest import Servers
from tests.integration.quick import quick
from tests.integration.sandbox import Sandbox
from tests.integration.xero.desk import DeskMaker, XeroDesk
from tests.integration.xero.organisation import Organisation


def xero_settings(servers: Servers, **extra: Any) -> Settings:
    return quick(servers, Settings, "xero", **extra)


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("xero") / "data")
    yield running
    running.stop()


@pytest.fixture
async def service(servers: Servers) -> AsyncIterator[Service]:
    running = create_service(xero_settings(servers))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def desks(servers: Servers, sandbox: Sandbox) -> AsyncIterator[DeskMaker]:
    async with office(servers.bus) as opened:
        yield lambda contacts=3, **fields: opened.seat(
            lambda partner: Organisation(sandbox, partner, contacts, **fields), XeroDesk
        )
