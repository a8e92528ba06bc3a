"""Connecting by consent: away with a state, back with a code, and every way to misuse that."""

from collections.abc import AsyncIterator

import httpx
import pytest
from syncline_chassis.errors import ProblemError
from syncline_contracts.consent_query import BeginConsent, ConsentPage, FinishConsent
from syncline_contracts.query import ConnectionView
from syncline_portal.app import create_app
from syncline_portal.consent import ANSWER
from syncline_portal.consent_store import Begun
from syncline_portal.session import COOKIE
from syncline_portal.token import digest_of

from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal, settings

BEGIN = "/p/acme/connections/xero/main/consent"
PSA = "https://login.example/authorise?state="
VIEW = ConnectionView(connection_id="main", connector="xero", version=2, form={}, status="working")


@pytest.fixture
def fakes() -> FakePortal:
    made = FakePortal(settings(portal_url="https://billing.example"))
    made.bus.answers = {
        BeginConsent: lambda query: ConsentPage(url=PSA + query.state),
        FinishConsent: VIEW,
    }
    return made


@pytest.fixture
async def browser(fakes: FakePortal) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(create_app(fakes.portal)) as client:
        yield client


async def sign_in(browser: httpx.AsyncClient, fakes: FakePortal, role: str = "admin") -> None:
    cookie = await fakes.sessions.begin(digest_of(fakes.tokens.give(acme=role)))
    browser.cookies.clear()
    browser.cookies.set(COOKIE, cookie)


async def go(browser: httpx.AsyncClient) -> str:
    """The state that it went away with."""
    away = await browser.get(BEGIN)
    assert away.status_code == 303, away.text
    assert away.headers["location"].startswith(PSA)
    return str(away.headers["location"].removeprefix(PSA))


def finished(fakes: FakePortal) -> list[FinishConsent]:
    return [query for query, _ in fakes.bus.asked if isinstance(query, FinishConsent)]


async def test_a_consent_comes_back_to_the_connections(
    browser: httpx.AsyncClient, fakes: FakePortal
) -> None:
    await sign_in(browser, fakes)
    state = await go(browser)
    back = await browser.get(ANSWER, params={"state": state, "code": "the-code"})
    assert (back.status_code, back.headers["location"]) == (303, "/p/acme/connections")
    assert back.headers["referrer-policy"] == "no-referrer"
    (begin, to), (finish, other) = fakes.bus.asked
    assert isinstance(begin, BeginConsent)
    assert isinstance(finish, FinishConsent)
    assert (to, other) == ("xero", "xero")
    assert begin.redirect_uri == finish.redirect_uri == "https://billing.example" + ANSWER
    assert (finish.code, finish.actor[:3]) == ("the-code", "Ann")
    begun = Begun("acme", "xero", "main", finish.redirect_uri, finish.verifier)
    assert begun.challenge == begin.challenge
    assert not {"the-code", finish.verifier} & set(repr(finish).split("'"))


async def test_an_answer_is_taken_once(browser: httpx.AsyncClient, fakes: FakePortal) -> None:
    await sign_in(browser, fakes)
    answer = {"state": await go(browser), "code": "the-code"}
    assert (await browser.get(ANSWER, params=answer)).status_code == 303
    assert (await browser.get(ANSWER, params=answer)).status_code == 403
    assert len(finished(fakes)) == 1


async def test_the_answer_to_somebody_elses_session_is_refused_and_stays_theirs(
    browser: httpx.AsyncClient, fakes: FakePortal
) -> None:
    await sign_in(browser, fakes)
    answer = {"state": await go(browser), "code": "the-code"}
    mine = browser.cookies[COOKIE]
    await sign_in(browser, fakes)
    refused = await browser.get(ANSWER, params=answer)
    assert (refused.status_code, finished(fakes)) == (403, [])
    assert "the-code" not in refused.text
    browser.cookies.clear()
    browser.cookies.set(COOKIE, mine)
    assert (await browser.get(ANSWER, params=answer)).status_code == 303


@pytest.mark.parametrize("answer", [{}, {"code": "x"}, {"state": "guessed", "code": "x"}])
async def test_an_answer_that_nobody_asked_for_is_refused(
    browser: httpx.AsyncClient, fakes: FakePortal, answer: dict[str, str]
) -> None:
    await sign_in(browser, fakes)
    assert (await browser.get(ANSWER, params=answer)).status_code == 403
    assert finished(fakes) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "The consent was not given."),
        ({"error": "<script>"}, "(&lt;script&gt;)"),
        ({"error": "access_denied", "code": "x"}, "The consent was not given."),
        ({}, "no code"),
    ],
)
async def test_a_denied_consent_is_said_and_uses_the_state_up(
    browser: httpx.AsyncClient, fakes: FakePortal, answer: dict[str, str], words: str
) -> None:
    await sign_in(browser, fakes)
    state = await go(browser)
    denied = await browser.get(ANSWER, params={"state": state, **answer})
    assert denied.status_code == 403
    assert words in denied.text
    assert 'href="/p/acme/connections"' in denied.text
    again = await browser.get(ANSWER, params={"state": state, "code": "the-code"})
    assert (again.status_code, finished(fakes)) == (403, [])


@pytest.mark.parametrize("role", ["viewer", "billing"])
async def test_only_an_administrator_connects(
    browser: httpx.AsyncClient, fakes: FakePortal, role: str
) -> None:
    await sign_in(browser, fakes, role)
    assert (await browser.get(BEGIN)).status_code == 403
    assert fakes.bus.asked == []


async def test_who_is_no_administrator_any_more_finishes_nothing(
    browser: httpx.AsyncClient, fakes: FakePortal
) -> None:
    await sign_in(browser, fakes)
    state = await go(browser)
    for digest, actor in list(fakes.tokens.actors.items()):
        fakes.tokens.actors[digest] = type(actor)(actor.token_id, "Ann", {"acme": "viewer"}, False)
    back = await browser.get(ANSWER, params={"state": state, "code": "the-code"})
    assert (back.status_code, finished(fakes)) == (403, [])


async def test_without_a_session_it_asks_to_sign_in(browser: httpx.AsyncClient) -> None:
    away = await browser.get(BEGIN)
    assert (away.status_code, away.headers["location"][:13]) == (303, "/sign-in?next")
    back = await browser.get(ANSWER, params={"state": "s", "code": "the-code"})
    assert back.status_code == 403
    assert "Sign in again" in back.text


@pytest.mark.parametrize("path", ["/p/other/connections/xero/main/consent",
                                  "/p/acme/connections/sap/main/consent"])  # fmt: skip
async def test_another_partner_or_connector_is_not_there(
    browser: httpx.AsyncClient, fakes: FakePortal, path: str
) -> None:
    await sign_in(browser, fakes)
    assert (await browser.get(path)).status_code == 404


@pytest.mark.parametrize("url", ["http://login.example/", "javascript:alert(1)", "//evil"])
async def test_nobody_is_sent_where_a_consent_could_be_read(
    browser: httpx.AsyncClient, fakes: FakePortal, url: str
) -> None:
    fakes.bus.answers[BeginConsent] = ConsentPage(url=url)
    await sign_in(browser, fakes)
    away = await browser.get(BEGIN)
    assert away.status_code == 403
    assert "location" not in away.headers


async def test_what_the_connector_says_is_told(
    browser: httpx.AsyncClient, fakes: FakePortal
) -> None:
    why = "Xero does not take this consent (invalid_grant)."
    fakes.bus.answers[FinishConsent] = ProblemError(422, "refused", "Refused", why)
    await sign_in(browser, fakes)
    back = await browser.get(ANSWER, params={"state": await go(browser), "code": "the-code"})
    assert back.status_code == 422
    assert why in back.text


async def test_a_portal_that_does_not_know_its_address_says_who_sets_it() -> None:
    fakes = FakePortal(settings())
    async with caller(create_app(fakes.portal)) as browser:
        await sign_in(browser, fakes)
        away = await browser.get(BEGIN)
    assert away.status_code == 409
    assert "SYNCLINE_PORTAL_URL" in away.text
