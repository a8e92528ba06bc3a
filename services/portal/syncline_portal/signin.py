"""Signing in and out in a browser; plain pages without script, so that they always work."""

import base64
import hashlib
from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from syncline_chassis.errors import ProblemError

from syncline_portal.auth import development_holder, recognise, user_holder
from syncline_portal.oidc import CALLBACK
from syncline_portal.ports import IdentityProvider, Portal
from syncline_portal.session import COOKIE
from syncline_portal.token import digest_of

routes = APIRouter(include_in_schema=False)
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
PROVIDER = "/sign-in/provider"
DEVELOPMENT = "/sign-in/development"
ASK = """
<label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>"""
OR = '<p class="or">or</p>'
STYLE = """
:root { color-scheme: light dark; --ink: #1b2530; --paper: #fff; --ground: #f3f5f8; --line: #d5dbe3;
  --accent: #0b5cad; --bad: #a4262c }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --paper: #1b222b; --ground: #12171d;
  --line: #364150; --accent: #6cb2ff; --bad: #ff9a94 } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
  padding: 2.2rem; width: min(24rem, calc(100vw - 2rem)); box-sizing: border-box }
h1 { margin: 0 0 .2rem; font-size: 1.5rem } p { margin: .2rem 0 1.4rem }
label { display: block; font-weight: 600; margin-bottom: .3rem }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem .7rem; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: 8px }
button, .button { display: block; box-sizing: border-box; text-align: center; text-decoration: none;
  margin-top: 1.2rem; width: 100%; font: inherit; font-weight: 600; padding: .65rem;
  color: var(--paper); background: var(--accent); border: 0; border-radius: 8px; cursor: pointer }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.bad { color: var(--bad); font-weight: 600; margin: 1rem 0 0 }
.or { text-align: center; margin: 1.2rem 0 }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def sign_in_at(path: str) -> str:
    """Address of the sign-in that comes back to a path."""
    return f"{SIGN_IN}?next={quote(path, safe='')}"


@routes.get(SIGN_IN)
async def show(request: Request, next: str = "/") -> Response:
    """Ask who it is."""
    return _page(request, next)


@routes.post(SIGN_IN)
async def sign_in(
    request: Request, token: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    """Begin a session for the holder of a token."""
    portal: Portal = request.app.state.portal
    from_here(request)
    digest = digest_of(token.strip())
    try:
        await recognise(portal, request, digest)
    except ProblemError as error:
        return _page(request, next, error)
    return await _begun(portal, digest, next)


@routes.post(DEVELOPMENT)
async def sign_in_here(request: Request, next: Annotated[str, Form()] = "/") -> Response:
    """Begin a session for whoever sits at this machine, where that is switched on."""
    portal: Portal = request.app.state.portal
    from_here(request)
    try:
        holder = development_holder(portal, request)
    except ProblemError as error:
        return _page(request, next, error)
    return await _begun(portal, holder, next)


@routes.get(PROVIDER)
async def ask_provider(request: Request, next: str = "/") -> Response:
    """Over to the identity provider."""
    provider = _provider(request)
    try:
        return await provider.begin(request, _path(next))
    except ProblemError as error:
        return _page(request, next, error)


@routes.get(CALLBACK)
async def hear_provider(request: Request) -> Response:
    """Back from it: begin a session, or say why not."""
    portal: Portal = request.app.state.portal
    try:
        identity = await _provider(request).finish(request)
        await portal.users.admit(identity.email, identity.subject)
    except ProblemError as error:
        return _page(request, "/", error)
    return await _begun(portal, user_holder(identity.email), identity.back_to)


@routes.post(SIGN_OUT)
async def sign_out(request: Request) -> Response:
    """End the session."""
    portal: Portal = request.app.state.portal
    from_here(request)
    if cookie := request.cookies.get(COOKIE):
        await portal.sessions.end(cookie)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE)
    return answer


def from_here(request: Request) -> None:
    """Raises `ProblemError` where another site sent the browser; today every browser says so."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ProblemError(
            403, "forbidden", "Not allowed", "This form came from another site. Sign in here."
        )


def _path(next: str) -> str:
    """A path of this portal; another site's address is not followed."""
    is_ours = next.startswith("/") and not next.startswith(("//", "/\\"))
    return next if is_ours else "/"


async def _begun(portal: Portal, holder: str, next: str) -> Response:
    answer = RedirectResponse(_path(next), 303)
    answer.set_cookie(
        COOKIE,
        await portal.sessions.begin(holder),
        max_age=int(portal.settings.portal_session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=portal.settings.portal_https,
    )
    return answer


def _provider(request: Request) -> IdentityProvider:
    portal: Portal = request.app.state.portal
    if portal.provider is None:
        raise HTTPException(404)
    return portal.provider


def _page(request: Request, next: str, problem: ProblemError | None = None) -> Response:
    portal: Portal = request.app.state.portal
    ways = []
    if portal.provider:
        address = escape(f"{PROVIDER}?next={quote(next, safe='')}")
        name = escape(portal.provider.name)
        ways.append(f'<a class="button" href="{address}">Sign in with {name}</a>')
    if portal.settings.portal_development_login:
        ways.append(_form(DEVELOPMENT, next, "<button>Sign in on this machine</button>"))
    ways.append(_form(SIGN_IN, next, ASK))
    told = f'<p class="bad" role="alert">{escape(problem.detail)}</p>' if problem else ""
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - Syncline</title><style>{STYLE}</style></head><body><main>
<h1>Syncline</h1><p>Azure charges, billed to the cent.</p>{told}
{OR.join(ways)}</main></body></html>""",
        problem.status if problem else 200,
        {"Content-Security-Policy": POLICY},
    )


def _form(action: str, next: str, fields: str) -> str:
    return (
        f'<form method="post" action="{action}">'
        f'<input type="hidden" name="next" value="{escape(next)}">{fields}</form>'
    )
