"""Where a partner's database is: zones are looked up by the user's name, never listed."""

import asyncio
import time
from dataclasses import dataclass

import httpx
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.errors import ReauthRequiredError, RejectedError

from syncline_autotask import errors

KEEP_S = 3600.0
VERSION = "V1.0"
"""Others are announced without being there."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Addresses of one database."""

    api: str
    pages: str
    """Where people see it; empty where the look-up names no address of Autotask's."""


@dataclass(frozen=True, slots=True)
class _Known:
    version: int
    zone: Zone
    until: float


class Zones:
    """Addresses by connection."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._known: dict[tuple[str, str], _Known] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def of(self, connection: Connection, gate: Gate) -> Zone:
        """Where it is. Raises `ReauthRequiredError` where nobody knows the user."""
        name = (connection.partner_id, connection.connection_id)
        async with self._locks.setdefault(name, asyncio.Lock()):
            known = self._known.get(name)
            now = time.monotonic()
            if known is None or known.version != connection.version or now > known.until:
                zone = await self._look_up(connection, gate)
                known = _Known(connection.version, zone, now + KEEP_S)
                self._known[name] = known
            return known.zone

    def forget(self, connection: Connection) -> None:
        """A database may have moved."""
        self._known.pop((connection.partner_id, connection.connection_id), None)

    async def _look_up(self, connection: Connection, gate: Gate) -> Zone:
        address = connection.form["zone_url"].rstrip("/")
        async with gate.call("GET ZoneInformation"):
            try:
                response = await self._http.get(
                    f"{address}/{VERSION}/ZoneInformation",
                    params={"user": connection.form["user_name"]},
                    headers={"Accept": "application/json"},
                )
            except httpx.HTTPError as error:
                raise errors.ANSWERS.of_transport(error, writing=False) from None
        if response.status_code != 200:
            refusal = errors.of(response, writing=False)
            if isinstance(refusal, RejectedError):
                raise ReauthRequiredError(f"{refusal.detail} Check the user name.")
            raise refusal
        try:
            told = exact_json.loads(response.content)
            url = httpx.URL(str(told["url"]))
            pages = httpx.URL(str(told.get("webUrl") or ""))
        except (ValueError, TypeError, KeyError, httpx.InvalidURL):
            raise errors.ANSWERS.of_malformed(writing=False) from None
        asked = httpx.URL(address)
        if not _is_trusted(url, asked):
            raise ReauthRequiredError(
                f"The zone look-up at {asked.host} names {url.host}, which is no address of "
                "Autotask's. Check the address in the connection."
            )
        return Zone(
            f"{str(url).rstrip('/')}/{VERSION}",
            str(pages).rstrip("/") if _is_trusted(pages, asked) else "",
        )


def _is_trusted(zone: httpx.URL, asked: httpx.URL) -> bool:
    """The secret goes there: only to the look-up's own host, or to a sister of it."""
    is_same = (zone.scheme, zone.host, zone.port) == (asked.scheme, asked.host, asked.port)
    domain = asked.host.partition(".")[2]
    is_sister = zone.scheme == "https" and "." in domain and zone.host.endswith(f".{domain}")
    is_named = not domain.replace(".", "").isdigit()
    return is_same or (is_sister and is_named)
