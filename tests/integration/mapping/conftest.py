"""Mapping on a real bus and a real database, under its own user and rights."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Servers
from tests.integration.mapping.stack import Stack, running


@pytest.fixture
async def stack(servers: Servers) -> AsyncIterator[Stack]:
    async with running(servers) as found:
        yield found
