"""API tokens. What is kept is a hash; the token is told once."""

from fastapi import Response
from pydantic import BaseModel, ConfigDict
from syncline_chassis import cursor
from syncline_contracts.query import Page

from syncline_portal.actor import PartnerRole
from syncline_portal.guard import TOLD_ONCE, TheCall, command, may, router
from syncline_portal.paging import ThePage
from syncline_portal.token import Grant, MadeToken, TokenName, TokenView, TokenViews

routes = router("tokens")
_ONCE = {TOLD_ONCE: True}


class PartnerGrant(BaseModel):
    """A token for one partner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: TokenName
    role: PartnerRole


@routes.get("/tokens", openapi_extra=may("operator"))
async def list_all_tokens(call: TheCall, page: ThePage) -> TokenViews:
    """All tokens, newest first."""
    return _part(await call.portal.tokens.reaching(None), page)


@routes.post("/tokens", openapi_extra=command("operator", **_ONCE), status_code=201)
async def create_any_token(call: TheCall, body: Grant) -> MadeToken:
    """Make a token for several partners, or for an operator."""
    return await call.portal.tokens.create(body, call.actor)


@routes.delete("/tokens/{token_id}", openapi_extra=may("operator"))
async def revoke_any_token(call: TheCall, token_id: str) -> TokenView:
    """End a token."""
    return await call.portal.tokens.revoke(token_id, None, call.actor)


@routes.get("/partners/{partner_id}/tokens", openapi_extra=may("admin"))
async def list_tokens(call: TheCall, partner_id: str, page: ThePage) -> TokenViews:
    """Tokens that reach this partner, newest first."""
    found = await call.portal.tokens.reaching(partner_id)
    return _part([_of_partner(one, partner_id) for one in found], page)


@routes.post(
    "/partners/{partner_id}/tokens", openapi_extra=command("admin", **_ONCE), status_code=201
)
async def create_token(
    call: TheCall, partner_id: str, body: PartnerGrant, response: Response
) -> MadeToken:
    """Make a token for this partner; it is told this once."""
    made = await call.portal.tokens.create(
        Grant(name=body.name, roles={partner_id: body.role}), call.actor
    )
    response.headers["Location"] = f"/v1/partners/{partner_id}/tokens/{made.view.token_id}"
    return made


@routes.delete("/partners/{partner_id}/tokens/{token_id}", openapi_extra=may("admin"))
async def revoke_token(call: TheCall, partner_id: str, token_id: str) -> TokenView:
    """Take a token's access to this partner back; one that reaches nothing else ends."""
    view = await call.portal.tokens.revoke(token_id, partner_id, call.actor)
    return _of_partner(view, partner_id)


def _part(tokens: list[TokenView], page: Page) -> TokenViews:
    found, more = cursor.cut(tokens, page, _place, newest_first=True)
    return TokenViews(tokens=found, next_cursor=more)


def _place(view: TokenView) -> str:
    return f"{view.created_at.isoformat()} {view.token_id}"


def _of_partner(view: TokenView, partner_id: str) -> TokenView:
    """What one partner may see: not whom else the token reaches."""
    roles = {name: role for name, role in view.roles.items() if name == partner_id}
    return view.model_copy(update={"roles": roles})
