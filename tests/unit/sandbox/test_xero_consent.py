"""The page where a person consents: who is sent where, and what a code is good for."""

from typing import Any

import httpx
import pytest
from syncline_sandbox.xero.token import challenge_of

from tests.unit.sandbox.conftest import Xero

BACK = "http://localhost:8080/connections/consent/answer"
VERIFIER = "v" * 43
ASKED = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": BACK,
    "scope": "offline_access accounting.invoices accounting.settings.read",
    "state": "s & t",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}
PAGE = "/identity/connect/authorize"


@pytest.fixture
async def app(http: httpx.AsyncClient, xero: Xero) -> Xero:
    order = {"client_id": "app", "client_secret": "s", "redirect_uris": [BACK]}
    assert (await http.post("/_sandbox/apps", json=order)).status_code == 201
    return xero


async def consent(xero: Xero, decision: str = "allow", **asked: str) -> dict[str, str]:
    form = {**ASKED, **asked, "decision": decision, "organisation": xero.org}
    answer = await xero.http.post(PAGE, data=form)
    assert answer.status_code == 303
    url = httpx.URL(answer.headers["location"])
    assert str(url).startswith(BACK + "?")
    return dict(url.params)


async def exchange(xero: Xero, code: str, **fields: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **fields,
    }
    answer = await xero.http.post("/identity/connect/token", data=form, auth=("app", "s"))
    body: dict[str, Any] = answer.json()
    return body


async def test_a_consent_connects_the_chosen_organisation(app: Xero) -> None:
    page = await app.http.get(PAGE, params=ASKED)
    assert "Allow access" in page.text
    answer = await consent(app)
    assert answer["state"] == "s & t"
    given = await exchange(app, answer["code"])
    bearer = {"authorization": f"Bearer {given['access_token']}"}
    listed = (await app.http.get("/connections", headers=bearer)).json()
    assert [one["tenantId"] for one in listed] == [app.org]
    assert given["scope"] == ASKED["scope"]
    assert given["refresh_token"]


async def test_a_code_is_good_once(app: Xero) -> None:
    code = (await consent(app))["code"]
    assert "access_token" in await exchange(app, code)
    assert await exchange(app, code) == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong",
    [{"redirect_uri": BACK + "/"}, {"code_verifier": "w" * 43}, {"code_verifier": ""}],
)
async def test_a_code_is_good_for_nobody_else(app: Xero, wrong: dict[str, str]) -> None:
    code = (await consent(app))["code"]
    assert await exchange(app, code, **wrong) == {"error": "invalid_grant"}
    assert await exchange(app, code) == {"error": "invalid_grant"}  # a wrong try uses it up


async def test_a_code_ends_after_five_minutes(app: Xero) -> None:
    code = (await consent(app))["code"]
    await app.http.post("/_sandbox/clock", json={"advance_s": 301})
    assert await exchange(app, code) == {"error": "invalid_grant"}


async def test_who_does_not_consent_is_sent_back_with_no_code(app: Xero) -> None:
    answer = await consent(app, "deny")
    assert answer == {"error": "access_denied", "state": "s & t"}


async def test_without_offline_access_nothing_lasts(app: Xero) -> None:
    code = (await consent(app, scope="accounting.invoices"))["code"]
    assert "refresh_token" not in await exchange(app, code)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_what_is_asked_wrongly_is_told_to_the_app(
    app: Xero, asked: dict[str, str], error: str
) -> None:
    answer = await app.http.get(PAGE, params={**ASKED, **asked})
    assert httpx.URL(answer.headers["location"]).params["error"] == error


@pytest.mark.parametrize(
    "asked",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "?x=1"},
        {"client_id": "nobody"},
        {"client_id": "acme-client"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_is_sent_to_an_address_that_the_app_did_not_register(
    app: Xero, asked: dict[str, str], method: str
) -> None:
    form = {**ASKED, **asked, "decision": "allow", "organisation": app.org}
    where = {"params": form} if method == "GET" else {"data": form}
    answer = await app.http.request(method, PAGE, **where)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert "location" not in answer.headers
