"""Signing in by OpenID Connect: authorization code flow with PKCE, at one identity provider.

The protocol is Authlib's; what it has to remember between the two steps is kept here, behind a
cookie of the browser that began, so that nobody is signed in by another one's answer.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response
from syncline_chassis.errors import ProblemError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.service import Service

from syncline_portal.settings import Settings
from syncline_portal.token import digest_of

COOKIE = "syncline_signing_in"
CALLBACK: Final = "/sign-in/answer"
PENDING = "pending_sign_ins"
PENDING_FOR = timedelta(minutes=10)
INDEXES = (Index(PENDING, (("expires_at", 1),), expire_after_s=0),)
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider answers for."""

    subject: str
    email: str
    """In lower case."""
    back_to: str
    """Path that the person wanted."""


class OpenId:
    """See `ports.IdentityProvider`."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.name = settings.portal_oidc_name
        self._settings = settings
        self._clock = service.clock
        self._rows = service.mongo.collection(PENDING)
        self._client: Any = OAuth().register(
            "oidc",
            client_id=settings.portal_oidc_client_id,
            client_secret=settings.portal_oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{settings.portal_oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_S,
            },
        )

    async def begin(self, request: Request, back_to: str) -> Response:
        """Send the browser to the provider. Raises `ProblemError`, 503."""
        memory: dict[str, Any] = {}
        request.scope["session"] = memory
        try:
            redirect_uri = f"{self._settings.portal_url}{CALLBACK}"
            answer: Response = await self._client.authorize_redirect(request, redirect_uri)
        except (httpx2.HTTPError, OAuthError, ValueError) as error:
            raise self._away(error) from error
        cookie = secrets.token_urlsafe(32)
        expires_at = self._clock.now() + PENDING_FOR
        row = {"_id": digest_of(cookie), "memory": memory, "back_to": back_to}
        await self._rows.insert_one({**row, "expires_at": expires_at})
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=int(PENDING_FOR.total_seconds()),
            path=CALLBACK,
            httponly=True,
            samesite="lax",
            secure=self._settings.portal_https,
        )
        return answer

    async def finish(self, request: Request) -> Identity:
        """Read the provider's answer. Raises `ProblemError`: 401, or 503 where it is away."""
        pending = await self._take(request.cookies.get(COOKIE, ""))
        request.scope["session"] = pending["memory"]
        try:
            token = await self._client.authorize_access_token(request)
        except (OAuthError, JoseError) as error:
            raise _refused(f"{self.name} did not sign you in: {error}.") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away(error) from error
        return self._identity(token.get("userinfo") or {}, pending["back_to"])

    async def _take(self, cookie: str) -> Document:
        """What was remembered when it began; once."""
        one = {"_id": digest_of(cookie)}
        pending = await self._rows.find_one(one)
        if not pending or pending["expires_at"] <= self._clock.now():
            raise _refused("It took too long, or began in another browser. Sign in again.")
        if not await self._rows.delete_one(one):
            raise _refused("This answer was used already. Sign in again.")
        return pending

    def _identity(self, claims: dict[str, Any], back_to: str) -> Identity:
        email = str(claims.get("email") or "").lower()
        if not email:
            raise _refused(f"{self.name} told no e-mail address. It has to release that claim.")
        is_proved = claims.get("email_verified") is True
        if not (is_proved or self._settings.portal_oidc_trust_email):
            raise _refused(f"{self.name} has not verified {email}. Verify it there, and try again.")
        return Identity(str(claims["sub"]), email, back_to)

    def _away(self, error: Exception) -> ProblemError:
        what = f"{self.name} does not answer as it should ({type(error).__name__}: {error})."
        return ProblemError(503, "identity_provider_away", "No sign-in now", f"{what} Try again.")


def _refused(why: str) -> ProblemError:
    return ProblemError(401, "not_signed_in", "Not signed in", why)
