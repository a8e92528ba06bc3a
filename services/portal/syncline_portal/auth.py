"""Who calls (401), whether the partner is theirs to know of (404), whether they may (403)."""

import re
import secrets
from pathlib import Path

from starlette.requests import Request
from syncline_chassis.errors import NotFoundError, ProblemError
from syncline_contracts.identity import PARTNER_PATTERN

from syncline_portal.actor import Actor, Role, suffices
from syncline_portal.ports import Portal
from syncline_portal.problems import HttpProblemError
from syncline_portal.settings import LOOPBACK
from syncline_portal.token import digest_of

_PARTNER = re.compile(PARTNER_PATTERN)
_SHORTEST_BOOTSTRAP = 20
BOOTSTRAP = Actor("bootstrap", "operator", roles={}, is_operator=True)
DEVELOPER = Actor("development", "developer", roles={}, is_operator=True)
_USER = "user:"
_DEVELOPMENT = "development"


async def authenticate(portal: Portal, request: Request) -> Actor:
    """The holder of the request's token. Raises a problem, 401 or 429."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise _unauthorised("A token is missing. Send the header `Authorization: Bearer slt_...`.")
    return await recognise(portal, request, digest_of(token))


async def recognise(portal: Portal, request: Request, digest: str) -> Actor:
    """The holder of the token with this digest. Raises a problem, 401 or 429."""
    address = request.client.host if request.client else "unknown"
    now = portal.clock.now()
    wait_s = portal.throttle.wait_s(address, digest, now)
    if wait_s:
        raise HttpProblemError(
            429,
            "too_many_failures",
            "Too many wrong tokens",
            f"Too many wrong tokens came from your address. Try again in {wait_s} s.",
            {"Retry-After": str(wait_s)},
        )
    actor = await identify(portal, digest)
    if actor is None:
        portal.throttle.failed(address, now)
        raise _unauthorised("This token is not valid: it is unknown or was revoked.")
    portal.throttle.succeeded(digest)
    return actor


def user_holder(email: str) -> str:
    """What a session keeps of a user."""
    return _USER + email


def development_holder(portal: Portal, request: Request) -> str:
    """What a session keeps of whoever sits at this machine. Raises a problem, 403.

    The name that the browser used counts too: a page elsewhere may have a name of its own lead
    here.
    """
    client = request.client.host if request.client else ""
    is_here = client in LOOPBACK and request.url.hostname in LOOPBACK
    if not (portal.settings.portal_development_login and is_here):
        raise ProblemError(
            403, "forbidden", "Not allowed", "The development sign-in is off, or not for you."
        )
    return _DEVELOPMENT


async def identify(portal: Portal, holder: str) -> Actor | None:
    """Who that is, by a token's digest or what a session keeps; None without access (any more)."""
    if holder == _DEVELOPMENT:
        return DEVELOPER if portal.settings.portal_development_login else None
    if holder.startswith(_USER):
        return await portal.users.find(holder.removeprefix(_USER))
    digest = holder
    if _is_bootstrap(portal.settings.portal_bootstrap_token_file, digest):
        return BOOTSTRAP
    return await portal.tokens.find(digest)


def _is_bootstrap(file: Path | None, digest: str) -> bool:
    """Tell whether it is of the token in the bootstrap file, as that file is now."""
    try:
        kept = file.read_bytes().strip() if file else b""
    except OSError:  # it is gone: so is its token
        return False
    if len(kept) < _SHORTEST_BOOTSTRAP:
        return False
    return secrets.compare_digest(digest_of(kept.decode("utf-8", "surrogateescape")), digest)


def authorise(actor: Actor, needed: Role, partner_id: str | None) -> None:
    """Let pass or raise. Another partner's data is answered like what is not there."""
    if partner_id is None:
        if needed != "viewer" and not suffices(actor.best_role(), needed):
            raise _forbidden(needed)
        return
    role = actor.role_for(partner_id) if _PARTNER.fullmatch(partner_id) else None
    if role is None:
        raise NotFoundError(
            "There is no such partner, or this token does not reach it. "
            "GET /v1/partners lists those that it reaches."
        )
    if not suffices(role, needed):
        raise _forbidden(needed)


def _unauthorised(detail: str) -> HttpProblemError:
    return HttpProblemError(
        401,
        "unauthorised",
        "Not signed in",
        detail,
        {"WWW-Authenticate": 'Bearer realm="syncline"'},
    )


def _forbidden(needed: Role) -> ProblemError:
    return ProblemError(
        403, "forbidden", "Not allowed", f"This needs a token with the role {needed}."
    )
