"""Users: who may sign in by the company's identity provider, and what they may do."""

from pydantic import BaseModel, ConfigDict

from syncline_portal.actor import PartnerRole
from syncline_portal.guard import TheCall, may, router
from syncline_portal.user import Email, UserAccess, UserName, UserView, UserViews

routes = router("users")


class PartnerUser(BaseModel):
    """A user of one partner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: UserName
    role: PartnerRole


@routes.get("/users", openapi_extra=may("operator"))
async def list_all_users(call: TheCall) -> UserViews:
    """All users."""
    return UserViews(users=tuple(await call.portal.users.reaching(None)))


@routes.put("/users/{email}", openapi_extra=may("operator"))
async def give_any_access(call: TheCall, email: Email, body: UserAccess) -> UserView:
    """Give a user roles for several partners, or make them an operator."""
    return await call.portal.users.grant(email, body, call.actor)


@routes.delete("/users/{email}", openapi_extra=may("operator"))
async def revoke_any_access(call: TheCall, email: Email) -> UserView:
    """End a user's access."""
    return await call.portal.users.revoke(email, None, call.actor)


@routes.get("/partners/{partner_id}/users", openapi_extra=may("admin"))
async def list_users(call: TheCall, partner_id: str) -> UserViews:
    """Users who reach this partner."""
    found = await call.portal.users.reaching(partner_id)
    return UserViews(users=tuple(_of_partner(one, partner_id) for one in found))


@routes.put("/partners/{partner_id}/users/{email}", openapi_extra=may("admin"))
async def give_access(call: TheCall, partner_id: str, email: Email, body: PartnerUser) -> UserView:
    """Give a user a role for this partner."""
    access = UserAccess(name=body.name, roles={partner_id: body.role})
    view = await call.portal.users.grant(email, access, call.actor)
    return _of_partner(view, partner_id)


@routes.delete("/partners/{partner_id}/users/{email}", openapi_extra=may("admin"))
async def revoke_access(call: TheCall, partner_id: str, email: Email) -> UserView:
    """Take a user's access to this partner back; who reaches nothing else can sign in no more."""
    view = await call.portal.users.revoke(email, partner_id, call.actor)
    return _of_partner(view, partner_id)


def _of_partner(view: UserView, partner_id: str) -> UserView:
    """What one partner may see: not whom else the user reaches."""
    roles = {name: role for name, role in view.roles.items() if name == partner_id}
    return view.model_copy(update={"roles": roles})
