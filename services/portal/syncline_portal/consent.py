"""Connecting by consent: away to the PSA's own page, and back with a code that is handed on once.

The code stands in the address of the answer and in the query to the connector, nowhere else.
"""

from html import escape
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from syncline_chassis.answer import problem_of
from syncline_chassis.errors import ProblemError, SynclineError
from syncline_contracts.consent_query import BeginConsent, FinishConsent

from syncline_portal.consent_store import Begun, refused
from syncline_portal.ports import Portal
from syncline_portal.routes.connections import ConnectionId, known
from syncline_portal.settings import LOOPBACK
from syncline_portal.signin import POLICY, STYLE, from_here, sign_in_at
from syncline_portal.visit import SessionEndedError, Visit

routes = APIRouter(include_in_schema=False)
BEGIN = "/p/{partner_id}/connections/{connector}/{connection_id}/consent"
ANSWER = "/connections/consent/answer"
"""Beside the portal's own address this is what the app in the PSA has to name, to the letter."""


@routes.get(BEGIN)
async def begin(
    request: Request, partner_id: str, connector: str, connection_id: ConnectionId
) -> Response:
    """Over to the PSA."""
    portal: Portal = request.app.state.portal
    try:
        from_here(request)  # a link elsewhere must not choose whose connection is opened
        visit = await Visit.of(portal, request)
        call = await visit.call("admin")
        begun = Begun(partner_id, known(connector), connection_id, _redirect_uri(request))
        state = await portal.consents.begin(visit.cookie, begun)
        page = await call.ask(
            BeginConsent(
                partner_id=partner_id,
                connection_id=connection_id,
                redirect_uri=begun.redirect_uri,
                state=state,
                challenge=begun.challenge,
            ),
            service=begun.connector,
        )
        _leads_to_a_site(page.url)
    except SessionEndedError:
        return RedirectResponse(sign_in_at(_connections(partner_id)), 303)
    except SynclineError as error:
        return _sorry(error, _connections(partner_id))
    return RedirectResponse(page.url, 303)


@routes.get(ANSWER)
async def finish(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Back from it: the connector exchanges the code, and says what it opens."""
    portal: Portal = request.app.state.portal
    back = "/"
    try:
        visit = await Visit.of(portal, request)
        begun = await portal.consents.take(visit.cookie, state)
        back = _connections(begun.partner_id)
        call = await Visit(portal, visit.cookie, visit.actor, begun.partner_id, back).call("admin")
        if error or not code:
            raise refused(_why_not(error))
        await call.ask(
            FinishConsent(
                partner_id=begun.partner_id,
                actor=call.actor.label,
                connection_id=begun.connection_id,
                redirect_uri=begun.redirect_uri,
                code=code,
                verifier=begun.verifier,
            ),
            service=begun.connector,
            timeout_s=portal.settings.portal_vendor_timeout_s,
        )
    except SessionEndedError as ended:
        return _sorry(refused(str(ended)), sign_in_at("/"))
    except SynclineError as trouble:
        return _sorry(trouble, back)
    return RedirectResponse(back, 303)


def _why_not(error: str) -> str:
    if error == "access_denied":
        return "The consent was not given."
    return f"The PSA gave no consent ({error[:100] or 'and no code'})."


def _redirect_uri(request: Request) -> str:
    """Where the answer comes to. Raises `ProblemError` where nobody said how it is reached."""
    stated = request.app.state.portal.settings.portal_url.rstrip("/")
    if not stated and request.url.hostname not in LOOPBACK:
        raise ProblemError(
            409,
            "no_address",
            "Not possible yet",
            "The portal does not know by which address browsers reach it. The operator sets "
            "SYNCLINE_PORTAL_URL.",
        )
    return (stated or str(request.base_url).rstrip("/")) + ANSWER


def _leads_to_a_site(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise refused("The connector names no address that can be trusted.")


def _connections(partner_id: str) -> str:
    return f"/p/{partner_id}/connections"


def _sorry(error: SynclineError, back: str) -> Response:
    problem = problem_of(error)
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not connected - Syncline</title><style>{STYLE}</style></head><body><main>
<h1>Not connected</h1><p class="bad" role="alert">{escape(problem.detail)}</p>
<a class="button" href="{escape(back)}">Back</a></main></body></html>""",
        problem.status,
        {"Content-Security-Policy": POLICY},
    )
