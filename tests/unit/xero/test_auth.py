"""Tokens of a person's consent, over a keeper in memory; and which organisation it opens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from syncline_chassis.connector.protocol import Connection, Renew
from syncline_chassis.errors import ReauthRequiredError, SynclineError, TransientError
from syncline_chassis.testing.gate import OpenGate
from syncline_xero.auth import Tokens
from syncline_xero.client import XeroClient
from syncline_xero.schemas import XeroTenant
from syncline_xero.tenants import Tenants, read

from tests.unit.xero.samples import connection

ORGANISATION = {"tenantId": "o-1", "tenantType": "ORGANISATION", "tenantName": "Acme"}


class Memory:
    """Keeps what the kit would store."""

    def __init__(self, **form: str) -> None:
        self.form = form
        self.renewals = 0

    async def renew(self, renew: Renew) -> Mapping[str, str]:
        renewed = await renew(self.form)
        if renewed is not None:
            self.renewals += 1
            self.form |= renewed
        return self.form


class Xero:
    """Its identity service; every answer to a refresh token is a new pair."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = 1000.0
        self.answer: Any = None
        plain = connection(grant="authorisation_code", refresh_token="r-0")
        self.memory = Memory(**plain.form)
        self.connection: Connection = replace(plain, keeper=self.memory)
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        self.tokens = self.replica()

    def replica(self) -> Tokens:
        return Tokens(self.http, lambda: self.now)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        body = dict(httpx.QueryParams(request.content.decode()))
        self.asked.append(body.get("refresh_token", ""))
        number = len(self.asked)
        pair = {"access_token": f"a-{number}", "refresh_token": f"r-{number}", "expires_in": 1800}
        return self.answer or httpx.Response(200, json=pair)


async def test_a_token_lasts_until_a_minute_before_its_end_and_the_newest_renews_it() -> None:
    xero = Xero()
    assert await xero.tokens.get(xero.connection) == "a-1"
    xero.now += 1739
    assert await xero.tokens.get(xero.connection) == "a-1"
    xero.now += 1
    assert await xero.tokens.get(xero.connection) == "a-2"
    assert xero.asked == ["r-0", "r-1"]
    assert xero.memory.form["refresh_token"] == "r-2"


async def test_another_replica_uses_what_is_kept() -> None:
    xero = Xero()
    await xero.tokens.get(xero.connection)
    assert await xero.replica().get(xero.connection) == "a-1"
    assert await xero.replica().get(xero.connection, refused="a-1") == "a-2"
    assert await xero.tokens.get(xero.connection, refused="a-1") == "a-2"
    assert xero.memory.renewals == 2


async def test_without_a_new_refresh_token_the_former_stays() -> None:
    xero = Xero()
    xero.answer = httpx.Response(200, json={"access_token": "a", "expires_in": 1800})
    assert await xero.tokens.get(xero.connection) == "a"
    assert xero.memory.form["refresh_token"] == "r-0"


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (400, {"error": "invalid_grant"}, ReauthRequiredError, "Connect again"),
        (401, {"error": "invalid_client"}, ReauthRequiredError, "client id and secret"),
        (503, {}, TransientError, "no token"),
        (200, {"refresh_token": "r-9"}, TransientError, "no token"),
    ],
)
async def test_what_is_refused_replaces_nothing(
    status: int, body: dict[str, str], error: type[SynclineError], words: str
) -> None:
    xero = Xero()
    xero.answer = httpx.Response(status, json=body)
    with pytest.raises(error, match=words) as met:
        await xero.tokens.get(xero.connection)
    assert (xero.memory.renewals, xero.memory.form["refresh_token"]) == (0, "r-0")
    assert not {"r-0", "geheim"} & set(str(met.value).split())


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "no organisation"),
        ([{**ORGANISATION, "tenantType": "PRACTICE"}], "no organisation"),
        ([ORGANISATION, {**ORGANISATION, "tenantId": "o-2"}], "Acme is o-1; Acme is o-2"),
    ],
)
async def test_the_organisation_has_to_be_one(found: list[dict[str, str]], words: str) -> None:
    async def look() -> list[XeroTenant]:
        return read(found)

    with pytest.raises(ReauthRequiredError, match=words):
        await Tenants().get(connection(grant="authorisation_code"), look)


async def test_the_organisation_is_looked_for_once_and_named_in_every_call() -> None:
    paths: list[tuple[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        paths.append((request.url.path, request.headers.get("xero-tenant-id", "")))
        if request.url.path == "/connections":
            return httpx.Response(200, json=[ORGANISATION])
        return httpx.Response(200, json={"Items": []})

    xero = Xero()
    http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    client = XeroClient(http, xero.tokens, Tenants(), xero.connection, OpenGate())
    await client.items()
    await client.items()
    assert paths == [
        ("/connections", ""),
        ("/api.xro/2.0/Items", "o-1"),
        ("/api.xro/2.0/Items", "o-1"),
    ]
