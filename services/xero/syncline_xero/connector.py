"""The connector: its manifest, and a session for each connection."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from syncline_chassis.clock import Clock, SystemClock
from syncline_chassis.connector.answers import vendor_http
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.connector.protocol import Connection, Consented, Session

from syncline_xero import consent
from syncline_xero.auth import Tokens
from syncline_xero.client import XeroClient
from syncline_xero.manifest import manifest
from syncline_xero.organisation import Organisations
from syncline_xero.session import XeroSession
from syncline_xero.settings import Settings
from syncline_xero.tenants import Tenants


class XeroConnector:
    """Xero, through custom connections and through people's consent."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._manifest = manifest(settings)
        self._http = vendor_http(settings.xero_timeout_s, settings.connector_lease_s, transport)
        self._tokens = Tokens(self._http)
        self._tenants = Tenants()
        self._clock = clock or SystemClock()
        self._organisations = Organisations(settings.xero_cache_s)

    @property
    def manifest(self) -> Manifest:
        """See `Connector.manifest`."""
        return self._manifest

    def open(self, connection: Connection, gate: Gate) -> AbstractAsyncContextManager[Session]:
        """See `Connector.open`."""
        return self._session(connection, gate)

    def consent_page(
        self, connection: Connection, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """See `Consenting.consent_page`."""
        return consent.page(connection.form, redirect_uri, state, challenge)

    async def exchange(self, connection: Connection, consented: Consented) -> Mapping[str, str]:
        """See `Consenting.exchange`."""
        return await consent.exchange(self._http, self._tokens, connection.form, consented)

    @asynccontextmanager
    async def _session(self, connection: Connection, gate: Gate) -> AsyncIterator[Session]:
        client = XeroClient(self._http, self._tokens, self._tenants, connection, gate)
        yield XeroSession(connection, client, self._organisations, self._clock)

    async def close(self) -> None:
        """See `Connector.close`."""
        await self._http.aclose()
