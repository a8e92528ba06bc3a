"""Signing in at a real OpenID Connect provider, and what happens to an answer that is not right."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from syncline_chassis.testing.servers import free_port
from syncline_chassis.testing.wait import until
from syncline_portal.app import PortalService, create_service
from syncline_portal.session import COOKIE
from syncline_portal.settings import Settings
from syncline_portal.token import new_token

from tests.conftest import Servers

OPERATOR = new_token()
QUIET = subprocess.DEVNULL
PEOPLE: tuple[dict[str, object], ...] = (
    {"sub": "kim-1", "email": "Kim@example.com", "email_verified": True},
    {"sub": "kim-2", "email": "kim@example.com", "email_verified": True},
    {"sub": "lee", "email": "lee@example.com"},
    {"sub": "max"},
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    people = [part for one in PEOPLE for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people]
    with subprocess.Popen(command, stdout=QUIET, stderr=QUIET) as process:
        address = f"http://127.0.0.1:{port}"
        asyncio.run(until(partial(_answers, address)))
        yield address
        process.terminate()


async def _answers(address: str) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(address)).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
async def portal(servers: Servers, tmp_path: Path, issuer: str) -> AsyncIterator[PortalService]:
    file = tmp_path / "token"
    file.write_text(OPERATOR)
    port = free_port()
    service = create_service(
        servers.settings(
            Settings,
            "portal",
            portal_bootstrap_token_file=file,
            portal_url=f"http://127.0.0.1:{port}",
            http_port=port,
            portal_oidc_issuer=issuer,
            portal_oidc_client_id="syncline",
            portal_oidc_client_secret="s3cret",
            log_level="CRITICAL",
        )
    )
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def operator(portal: PortalService) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    address = f"http://127.0.0.1:{portal.http_port}"
    async with httpx.AsyncClient(base_url=address, headers=headers) as client:
        yield client


@pytest.fixture
async def browser(portal: PortalService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{portal.http_port}") as client:
        yield client


VIEWER = {"name": "Kim", "role": "viewer"}
OLD = {"If-Match": '"77"'}


async def _answer_for(browser: httpx.AsyncClient, sub: str) -> str:
    """Sign in at the provider; the address that it sends the browser back to."""
    begun = await browser.get("/sign-in/provider", params={"next": "/p/acme/azure"})
    assert begun.status_code == 302
    async with httpx.AsyncClient() as there:
        done = await there.post(begun.headers["location"], data={"sub": sub})
    return done.headers["location"]


async def _give(operator: httpx.AsyncClient, email: str) -> None:
    body = {"name": "Kim", "role": "billing"}
    answer = await operator.put(f"/v1/partners/acme/users/{email}", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_user_signs_in_and_is_nobody_else(
    operator: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await _give(operator, "KIM@example.com")
    back = await browser.get(await _answer_for(browser, "kim-1"))
    assert (back.status_code, back.headers["location"]) == (303, "/p/acme/azure"), back.text
    assert COOKIE in browser.cookies
    (user,) = (await operator.get("/v1/partners/acme/users")).json()["users"]
    assert (user["email"], user["roles"]) == ("kim@example.com", {"acme": "billing"})
    assert user["signed_in_at"]
    page = "/v1/partners/acme/users/kim@example.com"
    etag = (await operator.get(page)).headers["etag"]
    for change in (
        operator.put(page, json=VIEWER, headers=OLD),
        operator.delete(page, headers=OLD),
    ):
        assert (await change).status_code == 412
    given = await operator.put(page, json=VIEWER, headers={"If-Match": etag})
    assert (given.status_code, given.headers["etag"]) == (200, f'"{int(etag[1:-1]) + 1}"')
    assert (await operator.get(page)).json()["roles"] == {"acme": "viewer"}
    # Somebody else's account with the same address does not inherit its access.
    browser.cookies.clear()
    other = await browser.get(await _answer_for(browser, "kim-2"))
    assert other.status_code == 403
    assert "Another account signed in" in other.text
    assert COOKIE not in browser.cookies
    # Given anew, it is the first account of that address that signs in.
    await operator.delete("/v1/partners/acme/users/kim@example.com")
    assert (await browser.get(await _answer_for(browser, "kim-1"))).status_code == 403
    await _give(operator, "kim@example.com")
    assert (await browser.get(await _answer_for(browser, "kim-2"))).status_code == 303
    audit = (await operator.get("/v1/users")).json()["users"]
    assert [
        one["email"] for one in audit if one["revoked_at"] is None and "acme" in one["roles"]
    ] == ["kim@example.com"]


@pytest.mark.parametrize(
    ("sub", "status", "words"),
    [
        ("lee", 401, "has not verified lee@example.com"),
        ("max", 401, "told no e-mail address"),
        ("nobody@example.com", 401, "has not verified"),
    ],
)
async def test_an_address_that_is_not_proved_lets_nobody_in(
    operator: httpx.AsyncClient, browser: httpx.AsyncClient, sub: str, status: int, words: str
) -> None:
    await _give(operator, "lee@example.com")
    back = await browser.get(await _answer_for(browser, sub))
    assert (back.status_code, COOKIE in browser.cookies) == (status, False)
    assert words in back.text


async def test_an_answer_works_once_and_only_in_the_browser_that_asked(
    operator: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await _give(operator, "kim@example.com")
    answer = await _answer_for(browser, "kim-2")
    mine = dict(browser.cookies)
    browser.cookies.clear()
    assert (await browser.get(answer)).status_code == 401
    for name, value in mine.items():
        browser.cookies.set(name, value)
    forged = urlsplit(answer)._replace(query="code=x&state=y").geturl()
    assert (await browser.get(forged)).status_code == 401
    # What was remembered is gone with the first answer, a wrong one too.
    again = await browser.get(answer)
    assert (again.status_code, COOKIE in browser.cookies) == (401, False)


async def test_a_provider_that_is_away_is_said(servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    service = create_service(
        servers.settings(
            Settings,
            "portal",
            portal_url=f"http://127.0.0.1:{port}",
            http_port=port,
            portal_oidc_issuer=f"http://127.0.0.1:{free_port()}",
            portal_oidc_client_id="syncline",
            log_level="CRITICAL",
        )
    )
    await service.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser:
            answer = await browser.get("/sign-in/provider")
    finally:
        await service.stop()
    assert answer.status_code == 503
    assert "does not answer as it should" in answer.text
