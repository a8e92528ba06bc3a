"""Users: who may sign in by the company's identity provider, and what they may do."""

from fastapi import Response
from pydantic import BaseModel, ConfigDict
from syncline_chassis import cursor
from syncline_contracts.query import Page

from syncline_portal.actor import PartnerRole
from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage
from syncline_portal.user import Email, UserAccess, UserName, UserView, UserViews
from syncline_portal.versions import IfMatch, set_etag

routes = router("users")


class PartnerUser(BaseModel):
    """A user of one partner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: UserName
    role: PartnerRole


@routes.get("/users", openapi_extra=may("operator"))
async def list_all_users(call: TheCall, page: ThePage) -> UserViews:
    """All users, by address."""
    return _part(await call.portal.users.reaching(None), page)


@routes.get("/users/{email}", openapi_extra=may("operator"))
async def get_any_user(call: TheCall, email: Email, response: Response) -> UserView:
    """One user."""
    return _told(await call.portal.users.get(email, None), response)


@routes.put("/users/{email}", openapi_extra=may("operator"))
async def give_any_access(
    call: TheCall, email: Email, body: UserAccess, if_match: IfMatch, response: Response
) -> UserView:
    """Give a user roles for several partners, or make them an operator."""
    return _told(await call.portal.users.grant(email, body, call.actor, if_match), response)


@routes.delete("/users/{email}", openapi_extra=may("operator"))
async def revoke_any_access(
    call: TheCall, email: Email, if_match: IfMatch, response: Response
) -> UserView:
    """End a user's access."""
    return _told(await call.portal.users.revoke(email, None, call.actor, if_match), response)


@routes.get("/partners/{partner_id}/users", openapi_extra=may("admin"))
async def list_users(call: TheCall, partner_id: str, page: ThePage) -> UserViews:
    """Users who reach this partner, by address."""
    found = await call.portal.users.reaching(partner_id)
    return _part([_of_partner(one, partner_id) for one in found], page)


@routes.get("/partners/{partner_id}/users/{email}", openapi_extra=may("admin"))
async def get_user(call: TheCall, partner_id: str, email: Email, response: Response) -> UserView:
    """One user who reaches this partner."""
    view = await call.portal.users.get(email, partner_id)
    return _of_partner(_told(view, response), partner_id)


@routes.put("/partners/{partner_id}/users/{email}", openapi_extra=may("admin"))
async def give_access(
    call: TheCall,
    partner_id: str,
    email: Email,
    body: PartnerUser,
    if_match: IfMatch,
    response: Response,
) -> UserView:
    """Give a user a role for this partner."""
    access = UserAccess(name=body.name, roles={partner_id: body.role})
    if if_match is not None:  # of a user whom others alone know, no version is told
        await call.portal.users.get(email, partner_id)
    view = await call.portal.users.grant(email, access, call.actor, if_match)
    return _of_partner(_told(view, response), partner_id)


@routes.delete("/partners/{partner_id}/users/{email}", openapi_extra=may("admin"))
async def revoke_access(
    call: TheCall, partner_id: str, email: Email, if_match: IfMatch, response: Response
) -> UserView:
    """Take a user's access to this partner back; who reaches nothing else can sign in no more."""
    view = await call.portal.users.revoke(email, partner_id, call.actor, if_match)
    return _of_partner(_told(view, response), partner_id)


def _part(users: list[UserView], page: Page) -> UserViews:
    found, more = cursor.cut(users, page, lambda one: one.email)
    return UserViews(users=found, next_cursor=more)


def _told(view: UserView, response: Response) -> UserView:
    set_etag(response, view.version)
    return view


def _of_partner(view: UserView, partner_id: str) -> UserView:
    """What one partner may see: not whom else the user reaches."""
    roles = {name: role for name, role in view.roles.items() if name == partner_id}
    return view.model_copy(update={"roles": roles})
