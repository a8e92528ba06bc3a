"""The Autotask connector on a real bus, a real database and the sandbox's Autotask."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from syncline_autotask.app import create_service
from syncline_autotask.settings import Settings
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import office

from tests.conftest import Servers
from tests.integration.autotask.desk import AutotaskDesk, DeskMaker
from tests.integration.autotask.system import AutotaskSystem
from tests.integration.quick import quick
from tests.integration.sandbox import Sandbox


def autotask_settings(servers: Servers, **extra: Any) -> Settings:
    return quick(servers, Settings, "autotask", **{"autotask_look_s": 5.0} | extra)


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("autotask") / "data")
    yield running
    running.stop()


@pytest.fixture
async def service(servers: Servers) -> AsyncIterator[Service]:
    running = create_service(autotask_settings(servers))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def desks(servers: Servers, sandbox: Sandbox) -> AsyncIterator[DeskMaker]:
    async with office(servers.bus) as opened:
        yield lambda companies=3, **fields: opened.seat(
            lambda partner: AutotaskSystem(sandbox, partner, companies, **fields),
            AutotaskDesk,
        )
