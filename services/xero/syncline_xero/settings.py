"""Settings of the Xero connector, beside those of every connector."""

from pydantic import Field
from syncline_chassis.connector.settings import ConnectorSettings


class Settings(ConnectorSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    xero_timeout_s: float = Field(default=10.0, gt=0)
    """Longest silence of Xero within one call; the lease has to last more than twice as long."""
    xero_settle_s: float = Field(default=5.0, gt=0)
    """After a lost answer: how long Xero may still take to store the invoice."""
    xero_cache_s: float = Field(default=300.0, ge=0)
    """How long items, accounts, tax rates, currencies and the organisation are remembered."""
    xero_per_minute: int = Field(default=60, ge=1)
    xero_per_day: int = Field(default=5000, ge=1)
    """1000 on Xero's Starter tier."""
    xero_concurrent: int = Field(default=5, ge=1)
