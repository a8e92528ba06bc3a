"""Who the caller is."""

from pydantic import BaseModel, ConfigDict

from syncline_portal.actor import PartnerRole
from syncline_portal.guard import TheCall, may, router

routes = router("me")


class Me(BaseModel):
    """The holder of the token that was sent."""

    model_config = ConfigDict(frozen=True)

    token_id: str
    name: str
    operator: bool
    roles: dict[str, PartnerRole]


@routes.get("/me", openapi_extra=may("viewer"))
async def who_am_i(call: TheCall) -> Me:
    """Tell who holds this token and what it reaches."""
    actor = call.actor
    return Me(
        token_id=actor.token_id,
        name=actor.name,
        operator=actor.is_operator,
        roles=dict(actor.roles),
    )
