"""What waits for a person."""

from syncline_contracts.mapping_query import Holds, ListHolds

from syncline_portal.guard import TheCall, may, router
from syncline_portal.paging import ThePage

routes = router("holds")


@routes.get("/partners/{partner_id}/holds", openapi_extra=may("viewer"))
async def list_holds(call: TheCall, partner_id: str, page: ThePage) -> Holds:
    """Every tenant that waits or is ignored, most money first, each with the place to fix it."""
    return await call.ask(ListHolds(partner_id=partner_id, page=page))
