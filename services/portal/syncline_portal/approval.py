"""Confirming plans, from a route or a page."""

import asyncio

from syncline_contracts.plan_query import Approved, ApprovePlans

from syncline_portal.guard import Call

ASK_AGAIN, ASK_AGAIN_S = 20, 0.1
"""Times and pause for tenants that are decided anew at the very moment of a confirmation."""


async def approve(call: Call, query: ApprovePlans) -> Approved:
    """Carry out exactly these plans; what changed since it was shown is refused."""
    answer = await call.ask(query)
    for _ in range(ASK_AGAIN):
        passing = {one.tenant_id for one in answer.refused if one.is_passing}
        if not passing:
            break
        await asyncio.sleep(ASK_AGAIN_S)
        rest = tuple(one for one in query.approvals if one.tenant_id in passing)
        # The invoice has moved on since: by what was approved here.
        more = await call.ask(
            query.model_copy(update={"approvals": rest, "expected_version": None})
        )
        answer = Approved(
            approved=answer.approved + more.approved,
            nothing_to_write=answer.nothing_to_write + more.nothing_to_write,
            refused=tuple(one for one in answer.refused if not one.is_passing) + more.refused,
        )
    return answer
