"""A person's visit to one partner's pages: who they are is asked anew with every question."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.errors import SynclineError
from syncline_contracts.mapping_query import ListPartners, PartnerView
from syncline_contracts.query import Query

from syncline_portal.actor import Actor, Role, suffices
from syncline_portal.auth import authorise, identify
from syncline_portal.connectors import manifests
from syncline_portal.guard import Call
from syncline_portal.ports import Portal
from syncline_portal.session import COOKIE

A = TypeVar("A", bound=BaseModel)


class SessionEndedError(SynclineError):
    """The session expired, was ended, or its token was revoked."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page learns of its visitor."""

    portal: Portal
    cookie: str
    actor: Actor
    partner_id: str
    path: str
    """Where to come back to after signing in anew."""

    @classmethod
    async def of(cls, portal: Portal, request: Request) -> "Visit":
        """Raises `SessionEndedError`, and `NotFoundError` for a partner that is not theirs."""
        cookie = request.cookies.get(COOKIE, "")
        actor = await _holder(portal, cookie)
        partner_id = request.path_params.get("partner_id", "")
        if partner_id:
            authorise(actor, "viewer", partner_id)
        return cls(portal, cookie, actor, partner_id, request.url.path)

    async def ask(
        self,
        query: Query[A],
        needs: Role = "viewer",
        *,
        service: str | None = None,
        timeout_s: float = 10.0,
    ) -> A:
        """Ask the owner, as whoever holds the session now.

        Raises `SessionEndedError`, and `ProblemError`: 403, 404, or what the owner says.
        """
        call = await self.call(needs)
        return await call.ask(query, service=service, timeout_s=timeout_s)

    async def call(self, needs: Role) -> Call:
        """What a route would have got. Raises like `ask`."""
        actor = await _holder(self.portal, self.cookie)
        authorise(actor, needs, self.partner_id or None)
        return Call(self.portal, actor)

    def may(self, role: Role) -> bool:
        """Whether to offer what needs this role."""
        own = self.actor.role_for(self.partner_id)
        return own is not None and suffices(own, role)

    async def partner(self) -> PartnerView:
        """The register entry."""
        return (await self.ask(ListPartners(partner_id=self.partner_id))).partners[0]

    async def psa(self, partner: PartnerView) -> Manifest | None:
        """The partner's PSA in its own words; None while there is none or its connector is away."""
        known = {one.name: one for one in await manifests(self.portal)}
        return known.get(partner.settings.connector or "")


async def _holder(portal: Portal, cookie: str) -> Actor:
    holder = await portal.sessions.find(cookie) if cookie else None
    actor = await identify(portal, holder) if holder else None
    if actor is None:
        raise SessionEndedError("Your session has ended. Sign in again; nothing is lost.")
    return actor
