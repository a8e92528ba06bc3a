"""Settings of pricing, beside those that every service has."""

from pydantic import Field
from syncline_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    pricing_reprice_every_s: float = Field(default=2.0, gt=0)
    """How often the worker looks for jobs that nobody woke it for."""
    pricing_reprice_lease_s: float = Field(default=30.0, gt=0)
    """After this a job whose worker fell silent goes to another one."""
    pricing_reprice_retry_s: float = Field(default=5.0, gt=0)
    """After the first failure of a job; doubles each time, up to five minutes."""
    pricing_reprice_concurrency: int = Field(default=1, ge=1)
    pricing_reprice_window: int = Field(default=32, ge=1)
    """Batches on their way to the bus at once, each up to about 600 KiB."""
    pricing_cached_books: int = Field(default=500, ge=1)
    """Partners whose price book stays in memory."""
