"""Settings of the ConnectWise connector, beside those of every connector."""

from pydantic import Field
from syncline_chassis.connector.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    connectwise_timeout_s: float = Field(default=12.0, gt=0)
    """Longest silence within one call; the lease has to last more than twice as long."""
    connectwise_settle_s: float = Field(default=5.0, gt=0)
    """After a lost answer: how long ConnectWise may still take to store the addition."""
    connectwise_per_minute: int = Field(default=900, ge=1)
    """The vendor throttles sustained use above some 1,000."""
    connectwise_concurrent: int = Field(default=6, ge=1)
