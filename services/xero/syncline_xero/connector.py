"""The connector: its manifest, and a session for each connection."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.connector.protocol import Connection, Session

from syncline_xero.auth import Tokens
from syncline_xero.client import XeroClient
from syncline_xero.manifest import manifest
from syncline_xero.organisation import Organisations
from syncline_xero.session import XeroSession
from syncline_xero.settings import Settings

IDLE_S = 2.0
"""Shorter than any server's: a call on a closed connection looks like a lost answer."""
_NO_PROXY = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}


class XeroConnector:
    """Xero, through custom connections."""

    def __init__(
        self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        if settings.connector_lease_s <= 2 * settings.xero_timeout_s:
            raise ValueError(
                "SYNCLINE_CONNECTOR_LEASE_S has to be more than twice SYNCLINE_XERO_TIMEOUT_S, or "
                "a call could outlive its lease."
            )
        self._manifest = manifest(settings)
        self._http = httpx.AsyncClient(
            timeout=settings.xero_timeout_s,
            limits=httpx.Limits(keepalive_expiry=IDLE_S),
            follow_redirects=False,
            transport=transport,
            mounts=None if transport else _NO_PROXY,
        )
        self._tokens = Tokens(self._http)
        self._organisations = Organisations(settings.xero_cache_s)

    @property
    def manifest(self) -> Manifest:
        """See `Connector.manifest`."""
        return self._manifest

    def open(self, connection: Connection, gate: Gate) -> AbstractAsyncContextManager[Session]:
        """See `Connector.open`."""
        return self._session(connection, gate)

    @asynccontextmanager
    async def _session(self, connection: Connection, gate: Gate) -> AsyncIterator[Session]:
        client = XeroClient(self._http, self._tokens, connection, gate)
        yield XeroSession(connection, client, self._organisations)

    async def close(self) -> None:
        """See `Connector.close`."""
        await self._http.aclose()
