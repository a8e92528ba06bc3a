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
from syncline_portal.token import digest_of

_PARTNER = re.compile(PARTNER_PATTERN)
_SHORTEST_BOOTSTRAP = 20
BOOTSTRAP = Actor("bootstrap", "operator", roles={}, is_operator=True)


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


async def identify(portal: Portal, digest: str) -> Actor | None:
    """The holder of the token with this digest, None where it is not valid."""
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
