"""A person's consent: the page that asks for it, and what its code becomes."""

from typing import Any

import httpx
import pytest
from syncline_chassis.connector.protocol import Consented
from syncline_chassis.errors import ReauthRequiredError, SynclineError, TransientError
from syncline_xero import consent
from syncline_xero.auth import SCOPES, Tokens

from tests.unit.xero.samples import connection

ANSWER = Consented("the-code", "https://billing.example/connections/consent/answer", "v" * 43)
GIVEN = {"access_token": "a-1", "refresh_token": "r-1", "expires_in": 1800}
ACME = {"tenantId": "o-1", "tenantType": "ORGANISATION", "tenantName": "Acme"}
BETA = {**ACME, "tenantId": "o-2", "tenantName": "Beta"}


class Xero:
    """An identity service that gives what it is told to."""

    def __init__(self, token: httpx.Response, opened: Any) -> None:
        self.token, self.opened = token, opened
        self.asked: list[httpx.Request] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        is_token = request.url.path.endswith("/token")
        return self.token if is_token else httpx.Response(200, json=self.opened)

    async def exchange(self, **form: str) -> dict[str, str]:
        fields = connection(grant="authorisation_code", **form).form
        return await consent.exchange(self.http, Tokens(self.http), fields, ANSWER)


@pytest.mark.parametrize("scopes", ["", "accounting.transactions"])
def test_the_page_is_asked_for_a_lasting_consent_by_this_very_state(scopes: str) -> None:
    form = connection(scopes=scopes).form
    url = httpx.URL(consent.page(form, ANSWER.redirect_uri, "the state", "the challenge"))
    assert str(url).startswith("https://login.xero.com/identity/connect/authorize?")
    assert dict(url.params) == {
        "response_type": "code",
        "client_id": "id",
        "redirect_uri": ANSWER.redirect_uri,
        "scope": f"offline_access {scopes or SCOPES}",
        "state": "the state",
        "code_challenge": "the challenge",
        "code_challenge_method": "S256",
    }


@pytest.mark.parametrize(
    ("opened", "stated", "chosen"),
    [
        ([ACME], "", "o-1"),
        ([ACME], "o-9", "o-1"),
        ([ACME, BETA], "", ""),
        ([ACME, BETA], "o-2", "o-2"),
        ([ACME, BETA], "o-9", ""),
        ([ACME, {**BETA, "tenantType": "PRACTICE"}], "", "o-1"),
        ([], "", ""),
    ],
)
async def test_the_only_organisation_is_taken_and_among_several_only_the_stated_one(
    opened: list[dict[str, str]], stated: str, chosen: str
) -> None:
    xero = Xero(httpx.Response(200, json=GIVEN), opened)
    assert await xero.exchange(tenant_id=stated) == {"refresh_token": "r-1", "tenant_id": chosen}
    token, listed = xero.asked
    assert dict(httpx.QueryParams(token.content.decode())) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": ANSWER.redirect_uri,
        "code_verifier": "v" * 43,
    }
    assert token.headers["authorization"].startswith("Basic ")
    assert (listed.url.path, listed.headers["authorization"]) == ("/connections", "Bearer a-1")


@pytest.mark.parametrize(
    ("token", "opened", "error", "words"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), [], ReauthRequiredError, "used"),
        (httpx.Response(401, json={"error": "invalid_client"}), [], ReauthRequiredError, "secret"),
        (
            httpx.Response(200, json={"access_token": "a"}),
            [],
            ReauthRequiredError,
            "offline_access",
        ),
        (httpx.Response(503), [], TransientError, "503"),
        (httpx.Response(200, json=GIVEN), {"not": "a list"}, TransientError, "cannot be read"),
    ],
)
async def test_what_xero_does_not_take_is_told_without_the_code(
    token: httpx.Response, opened: Any, error: type[SynclineError], words: str
) -> None:
    with pytest.raises(error, match=words) as refused:
        await Xero(token, opened).exchange()
    assert "the-code" not in f"{refused.value} {ANSWER!r}"


async def test_before_anybody_consents_xero_is_not_even_asked() -> None:
    from tests.unit.xero.test_auth import Xero as Renewing

    xero = Renewing()
    xero.memory.form["refresh_token"] = ""
    with pytest.raises(ReauthRequiredError, match="Nobody has consented yet"):
        await xero.tokens.get(xero.connection)
    assert xero.memory.renewals == 0
