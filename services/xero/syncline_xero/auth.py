"""Access tokens: of a custom connection, or of a person's consent whose refresh token rotates.

The first stay in memory. The second are kept sealed with the refresh token that came with them, so
that one renewal serves every replica. Xero takes a replaced refresh token for another 30 minutes:
an answer that was lost, or a process that died before it stored it, costs nothing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.protocol import Connection, Consented
from syncline_chassis.errors import RateLimitedError, ReauthRequiredError, TransientError

from syncline_xero.errors import ANSWERS

EARLY_S = 60.0
"""A token is renewed this long before it ends."""
SCOPES = "accounting.invoices accounting.contacts.read accounting.settings.read"
CUSTOM_CONNECTION = "custom_connection"
AUTHORISATION_CODE = "authorisation_code"
LIFETIME_S = 1800
NOBODY_YET = (
    "Nobody has consented yet that this connection may use Xero. Connect to Xero on the page "
    "Connections, as somebody who may do so there."
)


def is_consented(form: Mapping[str, str]) -> bool:
    """Tell whether a person's consent opens the organisation."""
    return form.get("grant") == AUTHORISATION_CODE


@dataclass(frozen=True, slots=True)
class _Token:
    version: int
    """Of the connection."""
    text: str = field(repr=False)
    ends_at: float
    """Unix time."""


class Tokens:
    """Access tokens by connection; one request at a time for each."""

    def __init__(self, http: httpx.AsyncClient, now: Callable[[], float] = time.time) -> None:
        self._http = http
        self._now = now
        self._cached: dict[tuple[str, str], _Token] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def get(self, connection: Connection, *, refused: str | None = None) -> str:
        """A token that should work; `refused` is one that Xero did not take.

        Raises `ReauthRequiredError` where Xero gives none for these credentials.
        """
        name = (connection.partner_id, connection.connection_id)
        async with self._locks.setdefault(name, asyncio.Lock()):
            token = self._cached.get(name)
            stale = token is None or token.version != connection.version
            if token is None or stale or not self._is_good(token.text, token.ends_at, refused):
                consented = is_consented(connection.form)
                new = self._of_consent if consented else self._of_custom_connection
                token = self._cached[name] = await new(connection, refused)
            return token.text

    async def _of_custom_connection(self, connection: Connection, refused: str | None) -> _Token:
        form = connection.form
        asked = {"grant_type": "client_credentials", "scope": form.get("scopes") or SCOPES}
        body = await self._request(form, asked)
        return _Token(connection.version, body["access_token"], self._end(body))

    async def _of_consent(self, connection: Connection, refused: str | None) -> _Token:
        if connection.keeper is None:
            raise AssertionError("the kit gives every stored connection a keeper")

        async def renew(form: Mapping[str, str]) -> Mapping[str, str] | None:
            ends_at = float(form.get("access_ends_at", 0))
            if self._is_good(form.get("access_token", ""), ends_at, refused):
                return None
            old = form.get("refresh_token", "")
            if not old:
                raise ReauthRequiredError(NOBODY_YET)
            body = await self._request(form, {"grant_type": "refresh_token", "refresh_token": old})
            return {
                "refresh_token": body.get("refresh_token") or old,
                "access_token": body["access_token"],
                "access_ends_at": str(self._end(body)),
            }

        kept = await connection.keeper.renew(renew)
        return _Token(connection.version, kept["access_token"], float(kept["access_ends_at"]))

    async def exchange(self, form: Mapping[str, str], consented: Consented) -> dict[str, Any]:
        """What the code of a consent is good for, once. Raises `ReauthRequiredError`."""
        return await self._request(
            form,
            {
                "grant_type": "authorization_code",
                "code": consented.code,
                "redirect_uri": consented.redirect_uri,
                "code_verifier": consented.verifier,
            },
        )

    def _is_good(self, token: str, ends_at: float, refused: str | None) -> bool:
        return token not in ("", refused) and self._now() < ends_at - EARLY_S

    def _end(self, body: Mapping[str, Any]) -> float:
        lifetime = body.get("expires_in")
        return self._now() + (lifetime if isinstance(lifetime, int) else LIFETIME_S)

    async def _request(self, form: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, Any]:
        try:
            response = await self._http.post(
                form["identity_url"],
                data=dict(asked),
                auth=(form["client_id"], form["client_secret"]),
                headers={"Accept": "application/json"},
            )
        except httpx.HTTPError as error:
            raise ANSWERS.of_transport(error, writing=False) from None
        return _read(response, asked["grant_type"])


def _read(response: httpx.Response, grant_type: str) -> dict[str, Any]:
    status = response.status_code
    if status == 429:
        raise RateLimitedError("Xero gives no more tokens for now.", 30.0)
    try:
        body = exact_json.loads(response.content)
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    if 400 <= status < 500:
        raise ReauthRequiredError(_refusal(str(body.get("error") or status)[:100], grant_type))
    token = body.get("access_token")
    if status != 200 or not isinstance(token, str) or not token:
        raise TransientError(f"Xero's identity service gave no token ({status}).")
    return body


def _refusal(reason: str, grant_type: str) -> str:
    if reason == "invalid_grant" and grant_type == "authorization_code":
        return (
            "Xero does not take this consent (invalid_grant): it was used already, took longer "
            "than five minutes, or is another app's. Connect to Xero again."
        )
    if reason == "invalid_grant":
        return (
            "Xero no longer takes the refresh token of this connection (invalid_grant): the "
            "consent was withdrawn, or not used for 60 days. Connect again on the page "
            "Connections, as a person who may do so in Xero."
        )
    return f"Xero refuses the client id and secret ({reason}). Enter new ones in the connection."
