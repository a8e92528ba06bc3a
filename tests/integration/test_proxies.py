"""Behind a proxy: whose word is taken for where a call comes from; and what nobody sees."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from syncline_chassis.testing.servers import free_port
from syncline_portal.app import create_service
from syncline_portal.settings import Settings

from tests.conftest import Servers

Opened = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def opened(servers: Servers) -> Opened:
    @asynccontextmanager
    async def running(**settings: object) -> AsyncIterator[httpx.AsyncClient]:
        options = {"portal_token_failures": 2, "log_level": "CRITICAL", **settings}
        service = create_service(servers.settings(Settings, "portal", **options))
        await service.start()
        try:
            address = f"http://127.0.0.1:{service.http_port}"
            async with httpx.AsyncClient(base_url=address) as client:
                yield client
        finally:
            await service.stop()

    return running


async def guess(client: httpx.AsyncClient, address: str) -> httpx.Response:
    headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
    return await client.get("/v1/partners", headers={**headers, "Authorization": "Bearer slt_no"})


async def test_who_guesses_behind_a_known_proxy_locks_nobody_else_out(opened: Opened) -> None:
    async with opened(http_proxies="127.0.0.0/8") as client:
        answers = [await guess(client, "203.0.113.1") for _ in range(3)]
        assert [one.status_code for one in answers] == [401, 401, 429]
        # Whatever the guesser writes in front: the last address is the proxy's own word.
        assert (await guess(client, "198.51.100.9, 203.0.113.1")).status_code == 429
        other = await guess(client, "203.0.113.2")
        assert other.status_code == 401
        assert "Strict-Transport-Security" in other.headers


async def test_anybody_else_is_believed_nothing(opened: Opened) -> None:
    async with opened(http_proxies="10.0.0.0/8") as client:
        answers = [await guess(client, f"203.0.113.{number}") for number in range(3)]
        assert [one.status_code for one in answers] == [401, 401, 429]
        assert "Strict-Transport-Security" not in answers[0].headers


async def test_metrics_on_a_port_of_their_own_are_not_where_browsers_come(opened: Opened) -> None:
    port = free_port()
    async with opened(metrics_port=port) as client:
        assert "syncline_" not in (await client.get("/metrics")).text
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
        assert "syncline_" in answer.text
        assert (await client.get(f"http://127.0.0.1:{port}/v1/partners")).status_code == 404
