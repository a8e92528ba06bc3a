"""Settings of the Autotask connector, beside those of every connector."""

from pydantic import Field
from syncline_chassis.connector.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    autotask_timeout_s: float = Field(default=12.0, gt=0)
    """Longest silence within one call; the lease has to last more than twice as long."""
    autotask_settle_s: float = Field(default=300.0, gt=0)
    """After a lost answer: Autotask may work on a request for minutes before it stores it."""
    autotask_cache_s: float = Field(default=300.0, ge=0)
    """How long pick list values and currencies are remembered."""
    autotask_per_minute: int = Field(default=600, ge=1)
    autotask_per_hour: int = Field(default=10_000, ge=1)
    """The vendor's, for all integrations together; what others use is read from there."""
    autotask_concurrent: int = Field(default=3, ge=1)
    """Calls at once that one endpoint takes."""
    autotask_look_s: float = Field(default=60.0, gt=0)
    """How old what we know of the hour's requests may be."""
