"""The connector: its manifest, and a session for each connection."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from syncline_chassis.connector.answers import vendor_http
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.connector.protocol import Connection, Session

from syncline_connectwise.client import ConnectWiseClient
from syncline_connectwise.manifest import manifest
from syncline_connectwise.session import ConnectWiseSession
from syncline_connectwise.settings import Settings


class ConnectWiseConnector:
    """ConnectWise PSA, through the keys of an API member."""

    def __init__(
        self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._manifest = manifest(settings)
        self._http = vendor_http(
            settings.connectwise_timeout_s, settings.connector_lease_s, transport
        )

    @property
    def manifest(self) -> Manifest:
        """See `Connector.manifest`."""
        return self._manifest

    def open(self, connection: Connection, gate: Gate) -> AbstractAsyncContextManager[Session]:
        """See `Connector.open`."""
        return self._session(connection, gate)

    @asynccontextmanager
    async def _session(self, connection: Connection, gate: Gate) -> AsyncIterator[Session]:
        client = ConnectWiseClient(self._http, connection, gate)
        yield ConnectWiseSession(connection, client)

    async def close(self) -> None:
        """See `Connector.close`."""
        await self._http.aclose()
