"""The connector: its manifest, and a session for each connection."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from syncline_chassis.clock import Clock, SystemClock
from syncline_chassis.connector.answers import vendor_http
from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.connector.protocol import Connection, Session

from syncline_autotask.client import AutotaskClient
from syncline_autotask.database import Databases
from syncline_autotask.manifest import manifest
from syncline_autotask.pace import Paces
from syncline_autotask.session import AutotaskSession
from syncline_autotask.settings import Settings
from syncline_autotask.zone import Zones


class AutotaskConnector:
    """Autotask PSA, through an API-only user."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._manifest = manifest(settings)
        self._clock = clock or SystemClock()
        self._http = vendor_http(settings.autotask_timeout_s, settings.connector_lease_s, transport)
        self._zones = Zones(self._http)
        self._paces = Paces(settings.autotask_look_s)
        self._databases = Databases(settings.autotask_cache_s)

    @property
    def manifest(self) -> Manifest:
        """See `Connector.manifest`."""
        return self._manifest

    def open(self, connection: Connection, gate: Gate) -> AbstractAsyncContextManager[Session]:
        """See `Connector.open`."""
        return self._session(connection, gate)

    @asynccontextmanager
    async def _session(self, connection: Connection, gate: Gate) -> AsyncIterator[Session]:
        client = AutotaskClient(self._http, connection, gate, self._zones, self._paces)
        yield AutotaskSession(connection, client, self._databases, self._clock)

    async def close(self) -> None:
        """See `Connector.close`."""
        await self._http.aclose()
