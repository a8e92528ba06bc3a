"""Events of a partner, live."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from syncline_chassis.errors import ProblemError

from syncline_portal.auth import identify
from syncline_portal.events import frames
from syncline_portal.guard import TheCall, may, router
from syncline_portal.token import digest_of

routes = router("events")
MEDIA_TYPE = "text/event-stream"
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, one by one", "content": {MEDIA_TYPE: {}}}
}


@routes.get(
    "/partners/{partner_id}/events",
    openapi_extra=may("viewer"),
    response_class=StreamingResponse,
    responses=_ANSWER,
)
async def follow_events(
    call: TheCall,
    partner_id: str,
    request: Request,
    since: Annotated[AwareDatetime | None, Query(description="From then on; else from now")] = None,
    type: Annotated[list[str] | None, Query(examples=[["tenant.synced.v1"]])] = None,
) -> StreamingResponse:
    """Follow the events of a partner as server-sent events.

    Each has the message's id, which stays the same however often it is told: after a break ask
    again with `since` = the time of the last one, and skip the ids that you have.
    """
    streams = call.portal.streams
    if streams.full:
        detail = "There are too many live views already. Close one, or try again in a moment."
        raise ProblemError(503, "too_many_streams", "Not available", detail)
    digest = digest_of(request.headers["authorization"].partition(" ")[2].strip())

    async def may_go_on() -> bool:
        actor = await identify(call.portal, digest)
        return actor is not None and actor.role_for(partner_id) is not None

    content = frames(
        call.portal,
        partner_id,
        since=since,
        types=frozenset(type or ()),
        may_go_on=may_go_on,
    )
    return StreamingResponse(content, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
