"""Settings of the portal, beside those that every service has."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from syncline_chassis.settings import ServiceSettings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


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
    portal_url: str = ""
    """How browsers reach the portal, such as https://billing.example.com.

    For OpenID Connect, and for consents in a PSA; on one's own machine those do without.
    """
    portal_oidc_issuer: str = ""
    """Where people sign in by OpenID Connect; empty leaves it off."""
    portal_oidc_client_id: str = ""
    portal_oidc_client_secret: SecretStr = SecretStr("")
    portal_oidc_name: str = "your company account"
    """As it stands on the button."""
    portal_oidc_trust_email: bool = False
    """Addresses count as proved though the provider does not say so (Microsoft Entra ID does not).

    Only for a provider where nobody can choose their address: an issuer of one's own tenant.
    """
    portal_smtp_host: str = ""
    """Mail server; empty sends no mails."""
    portal_smtp_port: int = Field(default=587, ge=1, le=65535)
    portal_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    portal_smtp_user: str = ""
    portal_smtp_password: SecretStr = SecretStr("")
    portal_smtp_from: str = ""
    portal_mail_every_s: float = Field(default=20.0, gt=0)
    """How often it is looked for something to tell."""
    portal_development_login: bool = False
    """Anybody on this very machine may sign in as an operator."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.portal_oidc_issuer and not (self.portal_oidc_client_id and self.portal_url):
            raise ValueError(
                "SYNCLINE_PORTAL_OIDC_ISSUER needs SYNCLINE_PORTAL_OIDC_CLIENT_ID and "
                "SYNCLINE_PORTAL_URL beside it"
            )
        if self.portal_smtp_host and not self.portal_smtp_from:
            raise ValueError("SYNCLINE_PORTAL_SMTP_HOST needs SYNCLINE_PORTAL_SMTP_FROM beside it")
        if self.portal_development_login and self.http_host not in LOOPBACK:
            raise ValueError(
                f"SYNCLINE_PORTAL_DEVELOPMENT_LOGIN is for one's own machine only, and this "
                f"portal listens at {self.http_host}"
            )
        return self
