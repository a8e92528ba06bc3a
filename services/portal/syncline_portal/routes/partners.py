"""The partner register."""

import asyncio

from fastapi import Response
from pydantic import ConfigDict
from syncline_chassis.errors import ProblemError
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.mapping_query import ListPartners, Partners, PartnerView, SavePartner
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.query import Done

from syncline_portal.guard import Call, TheCall, may, router
from syncline_portal.versions import IfMatch, set_etag

routes = router("partners")


class PartnerBody(PartnerSettings):
    """A partner's register entry; a misspelt field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@routes.get("/partners", openapi_extra=may("viewer"))
async def list_partners(call: TheCall) -> Partners:
    """Every partner that this token reaches; an operator's reaches all."""
    if call.actor.is_operator:
        return await call.ask(ListPartners(partner_id=EVERY_PARTNER))
    answers = await asyncio.gather(*(_entries(call, name) for name in sorted(call.actor.roles)))
    return Partners(partners=tuple(entry for entries in answers for entry in entries))


async def _entries(call: Call, partner_id: str) -> tuple[PartnerView, ...]:
    """A partner's entry; none where the token was given before the partner was registered."""
    try:
        return (await call.ask(ListPartners(partner_id=partner_id))).partners
    except ProblemError as error:
        if error.status == 404:
            return ()
        raise


@routes.get("/partners/{partner_id}", openapi_extra=may("viewer"))
async def get_partner(call: TheCall, partner_id: str, response: Response) -> PartnerView:
    """One partner's register entry."""
    entry = (await call.ask(ListPartners(partner_id=partner_id))).partners[0]
    set_etag(response, entry.version)
    return entry


@routes.put("/partners/{partner_id}", openapi_extra=may("admin"))
async def save_partner(
    call: TheCall, partner_id: str, body: PartnerBody, if_match: IfMatch, response: Response
) -> Done:
    """Register a partner (operators only, without If-Match), or change its entry."""
    if if_match is None and not call.actor.is_operator:
        raise ProblemError(
            403,
            "forbidden",
            "Not allowed",
            "Only an operator registers a partner. To change an entry send its ETag in If-Match.",
        )
    done = await call.ask(
        SavePartner(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            settings=PartnerSettings.model_validate(body.model_dump()),
        )
    )
    set_etag(response, done.version)
    return done
