"""A stored connection with its keeper."""

from syncline_chassis.connector.connections import Connections
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.service import Service
from syncline_chassis.vault import Vault
from syncline_xero.connector import XeroConnector

from tests.conftest import Servers
from tests.integration.quick import VAULT_KEY
from tests.integration.xero.conftest import xero_settings
from tests.integration.xero.desk import CONNECTION, XeroDesk


async def connection_of(servers: Servers, service: Service, desk: XeroDesk) -> Connection:
    """As the kit opens it."""
    manifest = XeroConnector(xero_settings(servers)).manifest
    known = Connections(service, manifest, Vault([VAULT_KEY]), 5.0)
    found = await known.find(desk.partner_id, CONNECTION)
    assert found is not None
    return found
