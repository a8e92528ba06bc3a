"""What Show Breakdown has downloaded: the same file as by the API, for who is signed in."""

from typing import Annotated

from fastapi import Depends
from nicegui import app
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from syncline_chassis.answer import problem_of
from syncline_chassis.errors import SynclineError
from syncline_contracts.identity import Key, TenantId

from syncline_portal.lines import Format
from syncline_portal.ports import Portal
from syncline_portal.problems import problem_response
from syncline_portal.routes.tenants import Order, Wanted, export_lines
from syncline_portal.signin import sign_in_at
from syncline_portal.visit import SessionEndedError, Visit


@app.get("/p/{partner_id}/export/{invoice_key}/{tenant_id:path}", response_model=None)
async def export(
    request: Request,
    partner_id: str,
    invoice_key: Key,
    tenant_id: TenantId,
    wanted: Annotated[Wanted, Depends()],
    order: Annotated[Order, Depends()],
    format: Format = "csv",
) -> Response:
    """Send it in parts, so that no file is ever in memory as a whole."""
    portal: Portal = app.state.portal
    try:
        call = await (await Visit.of(portal, request)).call("viewer")
        return await export_lines(call, partner_id, invoice_key, tenant_id, wanted, order, format)
    except SessionEndedError:
        return RedirectResponse(sign_in_at(request.url.path), 303)
    except SynclineError as error:
        return problem_response(request, problem_of(error))
