"""Signing in in a browser: a cookie that says nothing, and ends with its token."""

import httpx
import pytest
from fastapi import FastAPI
from syncline_portal.session import COOKIE

from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal


async def _sign_in(
    client: httpx.AsyncClient, token: str, next: str = "/", **headers: str
) -> httpx.Response:
    return await client.post("/sign-in", data={"token": token, "next": next}, headers=headers)


async def test_a_right_token_begins_a_session_without_being_in_the_cookie(
    app: FastAPI, fakes: FakePortal
) -> None:
    token = fakes.tokens.give(acme="viewer")
    async with caller(app) as client:
        answer = await _sign_in(client, f" {token} ", "/p/acme/azure")
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/p/acme/azure")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert token not in cookie


async def test_a_wrong_token_is_said_on_the_page(app: FastAPI) -> None:
    async with caller(app) as client:
        answer = await _sign_in(client, "slt_wrong")
    assert answer.status_code == 401
    assert "This token is not valid" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
async def test_signing_in_never_leads_to_another_site(
    app: FastAPI, fakes: FakePortal, next: str
) -> None:
    async with caller(app) as client:
        answer = await _sign_in(client, fakes.tokens.give(acme="viewer"), next)
    assert answer.headers["location"] == "/"


async def test_what_is_shown_on_the_page_is_text(app: FastAPI) -> None:
    async with caller(app) as client:
        answer = await client.get("/sign-in", params={"next": '"><script>alert(1)</script>'})
    assert "<script>" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_form_of_another_site_is_refused(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app) as client:
        token = fakes.tokens.give(acme="viewer")
        answer = await _sign_in(client, token, **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_signing_out_ends_the_session_itself(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app) as client:
        await _sign_in(client, fakes.tokens.give(acme="viewer"))
        cookie = client.cookies[COOKIE]
        assert await fakes.sessions.find(cookie) is not None
        answer = await client.post("/sign-out")
        assert await fakes.sessions.find(cookie) is None
    assert answer.headers["location"] == "/sign-in"
