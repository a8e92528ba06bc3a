"""Every decision of a person."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime
from syncline_contracts.audit import ListDecisions
from syncline_contracts.identity import EVERY_PARTNER

from syncline_portal.decisions import AuditPage, page_of
from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage

routes = router("audit")
Part = Annotated[str, Query(max_length=200)]


def _wanted(
    page: ThePage,
    who: Annotated[Part, Query(description="Part of the name of who decided")] = "",
    what: Annotated[Part, Query(description="Part of what was decided, or why")] = "",
    since: AwareDatetime | None = None,
    until: Annotated[AwareDatetime | None, Query(description="Before then")] = None,
) -> ListDecisions:
    return ListDecisions(
        partner_id=EVERY_PARTNER, who=who, what=what, since=since, until=until, page=page
    )


Wanted = Annotated[ListDecisions, Depends(_wanted)]


@routes.get("/partners/{partner_id}/audit", openapi_extra=may("viewer"))
async def list_audit_entries(call: TheCall, partner_id: str, wanted: Wanted) -> AuditPage:
    """Who decided what about a partner, when, why, before and after; newest first.

    From every owner: sources, prices, mappings, syncs, connections, access, dead letters.
    """
    return await page_of(call, wanted.model_copy(update={"partner_id": partner_id}))


@routes.get("/audit", openapi_extra=may("operator"))
async def list_other_audit_entries(call: TheCall, wanted: Wanted) -> AuditPage:
    """Decisions that are about no single partner: operators' access, unreadable dead letters."""
    return await page_of(call, wanted)
