"""The API over fakes, spoken to in process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from syncline_portal.app import create_app

from tests.unit.portal.answers import answer_all
from tests.unit.portal.fakes import FakePortal, settings

Caller = Callable[[str | None], httpx.AsyncClient]


@pytest.fixture
def fakes() -> FakePortal:
    made = FakePortal(settings())
    answer_all(made.bus)
    return made


@pytest.fixture(scope="package")
def one_app() -> FastAPI:
    return create_app(FakePortal(settings()).portal)


@pytest.fixture
def app(one_app: FastAPI, fakes: FakePortal) -> FastAPI:
    """Built once: what differs from test to test is only what it stands on."""
    one_app.state.portal = fakes.portal
    return one_app


@asynccontextmanager
async def caller(app: FastAPI, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://portal", headers=headers
    ) as client:
        yield client
