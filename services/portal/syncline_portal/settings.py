"""Settings of the portal, beside those that every service has."""

from pathlib import Path

from pydantic import Field
from syncline_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    portal_bootstrap_token_file: Path | None = None
    """While this file exists, the token in it is an operator's: for the first sign-in."""
    portal_upload_limit_bytes: int = Field(default=1024 * 1024 * 1024, ge=1)
    portal_upload_timeout_s: float = Field(default=300.0, gt=0)
    """How long ingest may take to read an uploaded file before the answer is 503."""
    portal_body_limit_bytes: int = Field(default=4 * 1024 * 1024, ge=1)
    """Of every other request."""
    portal_vendor_timeout_s: float = Field(default=30.0, gt=0)
    """How long a question may take that a connector passes on to the PSA."""
    portal_heartbeat_s: float = Field(default=15.0, gt=0)
    """A live view hears at least this often, and its token is looked up again."""
    portal_event_streams: int = Field(default=200, ge=1)
    """Live views at once, per process."""
    portal_token_failures: int = Field(default=20, ge=1)
    """Wrong tokens from one address within the window before it is refused."""
    portal_token_window_s: float = Field(default=60.0, gt=0)
    portal_session_hours: float = Field(default=12.0, gt=0)
    """A browser has to sign in again after so long."""
    portal_https: bool = False
    """The portal is reached by https: its cookie is never sent without."""
