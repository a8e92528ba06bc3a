"""Connectors with less patience than in production, and a key for their vault."""

from typing import Any, TypeVar

from cryptography.fernet import Fernet
from pydantic import SecretStr
from syncline_chassis.connector.settings import ConnectorSettings

from tests.conftest import Servers

S = TypeVar("S", bound=ConnectorSettings)
VAULT_KEY = Fernet.generate_key().decode()


def quick(servers: Servers, kind: type[S], connector: str, **fields: Any) -> S:
    """Settings of a connector on these servers."""
    patience = {
        "vault_keys": SecretStr(VAULT_KEY),
        "log_level": "WARNING",
        "connector_every_s": 0.2,
        "connector_lease_s": 5.0,
        "connector_gather_s": 0.1,
        f"{connector}_timeout_s": 2.0,
        f"{connector}_settle_s": 0.4,
    }
    return servers.settings(kind, connector, **(patience | fields))
