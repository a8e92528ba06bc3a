"""Pages that let nobody in before it is known who they are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import app, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from syncline_chassis.errors import SynclineError
from syncline_chassis.mongo import MongoError
from syncline_contracts.mapping_query import PartnerView

from syncline_portal.look.frame import frame
from syncline_portal.look.trouble import panel
from syncline_portal.ports import Portal
from syncline_portal.routes.partners import list_partners
from syncline_portal.signin import sign_in_at
from syncline_portal.visit import SessionEndedError, Visit

BUILD_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that is being built."""

    visit: Visit
    partner: PartnerView
    path: dict[str, str]
    """What its address names."""
    asks: dict[str, str]
    """What stands behind the question mark of its address."""


Build = Callable[[Opened], Awaitable[None]]


def guarded(
    serve: Callable[[Request], Awaitable[None]],
) -> Callable[[Request], Awaitable[Response | None]]:
    """Who has no session is led to sign in; what fails otherwise stands there in words."""

    async def served(request: Request) -> Response | None:
        try:
            await serve(request)
        except SessionEndedError:
            return RedirectResponse(sign_in_at(request.url.path), 303)
        except (SynclineError, MongoError) as error:
            panel(error)
        return None

    return served


def page(path: str, title: str, section: str) -> Callable[[Build], Build]:
    """Serve a partner's page under `/p/{partner_id}`; what fails stands there in words."""

    def register(build: Build) -> Build:
        @guarded
        async def serve(request: Request) -> None:
            portal: Portal = app.state.portal
            visit = await Visit.of(portal, request)
            partners = (await list_partners(await visit.call("viewer"))).partners
            with frame(visit, partners, section):
                try:
                    partner = await visit.partner()
                    asks = dict(request.query_params)
                    await build(Opened(visit, partner, dict(request.path_params), asks))
                except (SynclineError, MongoError) as error:
                    panel(error)

        ui.page(
            "/p/{partner_id}" + path, title=f"{title} - Syncline", response_timeout=BUILD_TIMEOUT_S
        )(serve)
        return build

    return register
