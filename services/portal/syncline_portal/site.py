"""The clerk's pages beside the API, in the same process. Once per process: NiceGUI is global."""

from contextlib import AsyncExitStack
from importlib import import_module
from pkgutil import iter_modules

from fastapi import FastAPI
from nicegui import app as site
from nicegui import core, ui
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from syncline_chassis.service import Service

from syncline_portal import pages
from syncline_portal.look.frame import FIRST_PARTNER, address
from syncline_portal.ports import Portal
from syncline_portal.routes.partners import list_partners
from syncline_portal.signin import sign_in_at
from syncline_portal.visit import SessionEndedError, Visit

# NiceGUI starts itself by inline scripts and compiles its templates in the browser.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)

AWAY_S = 30.0
"""So long may a browser be out of reach and find its page as it was."""


def add_pages(service: Service, api: FastAPI) -> None:
    """Serve every page of `pages` at the root, behind the API's own routes."""
    portal: Portal = api.state.portal
    site.state.portal = portal
    for found in iter_modules(pages.__path__):
        import_module(f"{pages.__name__}.{found.name}")

    @api.get("/", include_in_schema=False)
    async def at_home(request: Request) -> Response:
        """Wherever that is."""
        return await home(portal, request)

    @api.get("/v1/{rest:path}", include_in_schema=False)
    async def nothing(rest: str) -> None:
        """An API address that is not there is a problem, not a page."""
        raise HTTPException(404)

    core.sio.eio.cors_allowed_origins = None  # only pages of this very site
    site.add_middleware(_Policy)
    site.config.quasar_config["loadingBar"]["skipHijack"] = True  # says nothing to a screen reader
    ui.run_with(
        api,
        title="Syncline",
        language="en-GB",
        dark=None,
        tailwind=False,
        reconnect_timeout=AWAY_S,
        show_welcome_message=False,
    )
    life = AsyncExitStack()

    async def begin() -> None:
        await life.enter_async_context(api.router.lifespan_context(api))

    service.on_start.append(begin)
    service.on_stop.append(life.aclose)


async def home(portal: Portal, request: Request) -> Response:
    """To the first partner's work queue; an operator without any registers one."""
    try:
        visit = await Visit.of(portal, request)
    except SessionEndedError:
        return RedirectResponse(sign_in_at("/"), 303)
    found = (await list_partners(await visit.call("viewer"))).partners
    if not found and visit.actor.is_operator:
        return RedirectResponse(FIRST_PARTNER, 303)
    if not found:
        raise HTTPException(404, "No partner is registered yet. An operator does that.")
    return RedirectResponse(address(found[0].partner_id, "queue"), 303)


class _Policy:
    """What the browser may load and run for a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Security-Policy", POLICY)
            await send(message)

        await self._app(scope, receive, send_with_policy)
