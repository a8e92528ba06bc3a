"""OAuth2 client credentials of a custom connection; tokens stay in memory and out of logs."""

import asyncio
import time
from dataclasses import dataclass, field

import httpx
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.errors import RateLimitedError, ReauthRequiredError, TransientError

from syncline_xero.errors import ANSWERS

EARLY_S = 60.0
"""A token is renewed this long before it ends."""
SCOPES = "accounting.invoices accounting.contacts.read accounting.settings.read"


@dataclass(slots=True)
class _Cached:
    version: int
    token: str = field(repr=False)
    good_until: float


class Tokens:
    """Access tokens by connection; one request at a time for each."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._cached: dict[tuple[str, str], _Cached] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def get(self, connection: Connection, *, refused: str | None = None) -> str:
        """A token that should work; `refused` is one that Xero did not take.

        Raises `ReauthRequiredError` where Xero gives none for these credentials.
        """
        name = (connection.partner_id, connection.connection_id)
        async with self._locks.setdefault(name, asyncio.Lock()):
            cached = self._cached.get(name)
            if (
                cached is not None
                and cached.version == connection.version
                and cached.token != refused
                and time.monotonic() < cached.good_until
            ):
                return cached.token
            token, lifetime_s = await self._request(connection)
            self._cached[name] = _Cached(
                connection.version, token, time.monotonic() + lifetime_s - EARLY_S
            )
            return token

    async def _request(self, connection: Connection) -> tuple[str, float]:
        form = connection.form
        try:
            response = await self._http.post(
                form["identity_url"],
                data={"grant_type": "client_credentials", "scope": form.get("scopes") or SCOPES},
                auth=(form["client_id"], form["client_secret"]),
                headers={"Accept": "application/json"},
            )
        except httpx.HTTPError as error:
            raise ANSWERS.of_transport(error, writing=False) from None
        return _read(response)


def _read(response: httpx.Response) -> tuple[str, float]:
    status = response.status_code
    if status == 429:
        raise RateLimitedError("Xero gives no more tokens for now.", 30.0)
    try:
        body = exact_json.loads(response.content)
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    if 400 <= status < 500:
        reason = str(body.get("error") or status)[:100]
        raise ReauthRequiredError(
            f"Xero refuses the client id and secret ({reason}). Enter new ones in the connection."
        )
    token, lifetime = body.get("access_token"), body.get("expires_in", 1800)
    if status != 200 or not isinstance(token, str) or not token:
        raise TransientError(f"Xero's identity service gave no token ({status}).")
    return token, float(lifetime) if isinstance(lifetime, int) else 1800.0
