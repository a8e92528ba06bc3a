"""The Autotask connector on a real bus, a real database and the sandbox's Autotask."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from syncline_autotask.app import create_service
from syncline_autotask.settings import Settings
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import office

from tests.conftest import Servers
from tests.integration.autotask.desk import AutotaskDesk, DeskMaker
from tests.integration.autotask.system import AutotaskSystem
from tests.integration.xero.sandbox import Sandbox

VAULT_KEY = Fernet.generate_key().decode()


def autotask_settings(servers: Servers, **extra: Any) -> Settings:
    quick = {
        "vault_keys": SecretStr(VAULT_KEY),
        "log_level": "WARNING",
        "connector_every_s": 0.2,
        "connector_lease_s": 5.0,
        "connector_gather_s": 0.1,
        "autotask_timeout_s": 2.0,
        "autotask_settle_s": 0.4,
        "autotask_look_s": 5.0,
    }
    return servers.settings(Settings, "autotask", **(quick | extra))


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
