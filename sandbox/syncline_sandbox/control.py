"""Control of the sandbox as a whole: faults, counters, the clock."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from syncline_sandbox.clock import Clock
from syncline_sandbox.dicker.account import Accounts
from syncline_sandbox.fault import Fault, Faults, FaultSpec
from syncline_sandbox.stats import Stats
from syncline_sandbox.xero.control import XeroControl


class Advance(BaseModel):
    """How far to move the clock."""

    model_config = ConfigDict(extra="forbid")

    advance_s: int = Field(ge=0)


def control_router(
    faults: Faults, stats: Stats, clock: Clock, accounts: Accounts, xero: XeroControl
) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/_sandbox")

    @router.post("/faults", status_code=201)
    async def add_fault(spec: FaultSpec) -> Fault:
        return faults.add(spec)

    @router.get("/faults")
    async def list_faults() -> list[Fault]:
        return faults.all()

    @router.delete("/faults")
    async def clear_faults() -> dict[str, int]:
        return {"removed": faults.clear()}

    @router.get("/stats")
    async def all_stats() -> dict[str, Any]:
        organisations = xero.organisations.all()
        return {
            "xero": {
                one.organisation_id: xero.stats_of(one.organisation_id) for one in organisations
            },
            "dicker": {
                one.account_code: stats.of("dicker", one.account_code) for one in accounts.all()
            },
            # Token requests, and calls whose token or account is unknown.
            "unattributed": {"xero": stats.of("xero", ""), "dicker": stats.of("dicker", "")},
            "faults_fired": sum(fault.fired for fault in faults.all()),
        }

    @router.get("/clock")
    async def read_clock() -> dict[str, str]:
        return {"now": clock.now().isoformat()}

    @router.post("/clock")
    async def advance_clock(order: Advance) -> dict[str, str]:
        return {"now": clock.advance(order.advance_s).isoformat()}

    return router
