"""Settings of mapping, beside those that every service has."""

from pydantic import Field
from syncline_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    mapping_look_every_s: float = Field(default=1.0, gt=0)
    """How often workers look for marks that nobody woke them for."""
    mapping_gather_s: float = Field(default=0.05, ge=0)
    """How long a woken worker waits for more of the same before it looks."""
    mapping_connectors_every_s: float = Field(default=1.0, gt=0)
    """How often the connectors' manifests are read."""
    mapping_report_every_s: float = Field(default=60.0, gt=0)
    """How often it is looked for partners whose week is due to be told."""
    mapping_evaluate_portion: int = Field(default=50, ge=1)
    """Tenants that are decided in one transaction."""
    mapping_shelf_bytes: int = Field(default=64 * 1024 * 1024, ge=1)
    """Memory for lines that Show Breakdown looked through lately, about; half a KiB a line."""
