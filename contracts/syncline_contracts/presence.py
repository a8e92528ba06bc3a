"""Who is running: each process of a service says so in a bucket that forgets the silent ones."""

from datetime import datetime, timedelta
from importlib.metadata import version

from pydantic import BaseModel, ConfigDict

SERVICES_BUCKET = "services"
SAID_EVERY = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(seconds=60)
PACKAGE = "syncline-contracts"


class Presence(BaseModel):
    """One running process; the key is `<service>.<instance>`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: str
    instance: str
    version: str
    """Of the service's own package."""
    contracts: str
    """Version of the contracts that it speaks."""
    started_at: datetime
    said_at: datetime
    """By its own clock."""

    @property
    def key(self) -> str:
        """Its key in the bucket."""
        return f"{self.service}.{self.instance}"


def contracts_version() -> str:
    """The version of the contracts that this process speaks."""
    return version(PACKAGE)


def major(version: str) -> str:
    """What two versions must share to understand each other: before 1.0 that is the minor one."""
    first, second, *_ = [*version.split("."), "0", "0"]
    return first if first != "0" else f"0.{second}"
