"""What is not as it should be in the whole system, and what to do about it."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from syncline_contracts.presence import Presence

from syncline_portal.doctor.checks import Finding, examine
from syncline_portal.doctor.look import Look
from syncline_portal.guard import TheCall, may, router

routes = router("doctor")


class Examination(BaseModel):
    """What was seen, and what of it needs somebody."""

    model_config = ConfigDict(frozen=True)

    examined_at: datetime
    findings: list[Finding]
    running: list[Presence]
    """Every process, with its version."""


@routes.get("/doctor", openapi_extra=may("operator"))
async def examine_system(
    call: TheCall, patience_minutes: Annotated[float, Query(ge=0, le=10_000)] = 15.0
) -> Examination:
    """Examine broker, services, and every partner; what takes longer than that is stuck."""
    facts = await Look(call.portal, timedelta(minutes=patience_minutes)).facts()
    return Examination(examined_at=facts.now, findings=examine(facts), running=list(facts.present))
