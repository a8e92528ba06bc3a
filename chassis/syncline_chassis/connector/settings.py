"""Settings that every connector has, beside those of every service."""

from pydantic import Field

from syncline_chassis.settings import ServiceSettings
from syncline_chassis.vault import VaultKeys


class ConnectorSettings(ServiceSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    vault_keys: VaultKeys
    """They encrypt the credentials."""
    connector_lease_s: float = Field(default=30.0, gt=0)
    """How long a partner belongs to a worker that has fallen silent."""
    connector_every_s: float = Field(default=2.0, gt=0)
    """How often a worker looks for jobs that nobody woke it for."""
    connector_gather_s: float = Field(default=0.25, ge=0)
    """Quiet time that ends the gathering of jobs for one batch."""
    connector_batch: int = Field(default=200, ge=1)
    """Most jobs taken at once."""
    connector_concurrency: int = Field(default=4, ge=1)
    """Partners worked for side by side in one process."""
    connector_picks_s: float = Field(default=30.0, ge=0)
    """How long the answer to a search in the PSA is kept."""
    connector_park_s: float = Field(default=900.0, gt=0)
    """After refused credentials: when to try again if nobody gives new ones."""

    connector_verify_every_s: float = Field(default=86_400.0, gt=0)
    """How often what was written is read back, until the PSA has invoiced it."""
