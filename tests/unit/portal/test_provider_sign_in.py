"""Signing in by the identity provider, and on one's own machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import ValidationError
from starlette.types import ASGIApp
from syncline_chassis.errors import ProblemError
from syncline_portal.actor import Actor
from syncline_portal.app import create_app
from syncline_portal.auth import identify
from syncline_portal.oidc import Identity
from syncline_portal.session import COOKIE
from syncline_portal.user import UserAccess

from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal, settings

OIDC = {
    "portal_oidc_issuer": "https://login.example",
    "portal_oidc_client_id": "syncline",
    "portal_url": "https://billing.example",
}
BY = Actor("t1", "Ann", {}, is_operator=True)
KIM = Identity("sub-1", "kim@example.com", "/p/acme/azure")


@pytest.fixture
def fakes() -> FakePortal:
    return FakePortal(settings(None, **OIDC))


async def test_a_user_with_access_comes_back_to_where_they_wanted(fakes: FakePortal) -> None:
    await fakes.users.grant(KIM.email, UserAccess(name="Kim", roles={"acme": "billing"}), BY)
    fakes.provider.answer = KIM
    async with caller(create_app(fakes.portal)) as client:
        page = await client.get("/sign-in", params={"next": "/p/acme/azure"})
        away = await client.get("/sign-in/provider", params={"next": "/p/acme/azure"})
        back = await client.get("/sign-in/answer")
        holder = await fakes.sessions.find(client.cookies[COOKIE])
    assert "Sign in with your company account" not in page.text  # the provider has a name
    assert "Sign in with Contoso" in page.text
    assert away.headers["location"] == "https://login.example/?back_to=/p/acme/azure"
    assert (back.status_code, back.headers["location"]) == (303, "/p/acme/azure")
    assert holder is not None
    actor = await identify(fakes.portal, holder)
    assert actor is not None
    assert (actor.label, actor.roles) == ("Kim [kim@example.com]", {"acme": "billing"})


@pytest.mark.parametrize(
    "answer",
    [KIM, ProblemError(401, "not_signed_in", "Not signed in", "Contoso did not sign you in.")],
)
async def test_who_has_no_access_is_told_so_and_gets_no_session(
    fakes: FakePortal, answer: Identity | ProblemError
) -> None:
    fakes.provider.answer = answer
    async with caller(create_app(fakes.portal)) as client:
        back = await client.get("/sign-in/answer")
    assert back.status_code in (401, 403)
    assert 'role="alert"' in back.text
    assert "set-cookie" not in back.headers


async def test_taking_access_back_ends_the_session(fakes: FakePortal) -> None:
    await fakes.users.grant(KIM.email, UserAccess(name="Kim", roles={"acme": "viewer"}), BY)
    assert await identify(fakes.portal, f"user:{KIM.email}") is not None
    await fakes.users.revoke(KIM.email, None, BY)
    assert await identify(fakes.portal, f"user:{KIM.email}") is None


async def test_a_wanted_address_of_another_site_is_not_kept(fakes: FakePortal) -> None:
    async with caller(create_app(fakes.portal)) as client:
        away = await client.get("/sign-in/provider", params={"next": "https://evil.example"})
    assert away.headers["location"].endswith("?back_to=/")


async def test_without_a_provider_there_is_no_such_address() -> None:
    async with caller(create_app(FakePortal(settings()).portal)) as client:
        answers = [await client.get(f"/sign-in/{name}") for name in ("provider", "answer")]
    assert [one.status_code for one in answers] == [404, 404]


@asynccontextmanager
async def here(
    app: ASGIApp, host: str = "127.0.0.1", client: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=(client, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8080") as made:
        yield made


async def test_on_ones_own_machine_nothing_has_to_be_typed() -> None:
    fakes = FakePortal(settings(portal_development_login=True))
    async with here(create_app(fakes.portal)) as client:
        assert "Sign in on this machine" in (await client.get("/sign-in")).text
        answer = await client.post("/sign-in/development", data={"next": "/p/acme/azure"})
        holder = await fakes.sessions.find(client.cookies[COOKIE])
    assert answer.headers["location"] == "/p/acme/azure"
    assert holder is not None
    actor = await identify(fakes.portal, holder)
    assert actor is not None
    assert actor.is_operator


@pytest.mark.parametrize(
    ("is_on", "host", "client"),
    [
        (False, "127.0.0.1", "127.0.0.1"),
        (True, "127.0.0.1", "203.0.113.7"),
        (True, "syncline.evil.example", "127.0.0.1"),
    ],
)
async def test_nobody_else_signs_in_without_a_token(is_on: bool, host: str, client: str) -> None:
    app = create_app(FakePortal(settings(portal_development_login=is_on)).portal)
    async with here(app, host, client) as browser:
        answer = await browser.post("/sign-in/development")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_development_session_ends_when_it_is_switched_off() -> None:
    portal = FakePortal(settings()).portal
    assert await identify(portal, "development") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"portal_development_login": True, "http_host": "0.0.0.0"},
        {"portal_oidc_issuer": "https://login.example"},
        {"portal_oidc_issuer": "https://login.example", "portal_oidc_client_id": "x"},
    ],
)
def test_settings_that_let_in_the_wrong_people_stop_the_start(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(None, **wrong)
