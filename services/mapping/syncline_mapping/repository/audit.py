"""The audit: every decision of a person, written in the transaction of the decision."""

from datetime import datetime
from typing import Any

import orjson
from syncline_chassis.mongo import Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import new_id
from syncline_contracts.pricing_query import AuditEntry

AUDIT = "audit"
MOST = 500
INDEXES = (Index(AUDIT, (("partner_id", 1), ("_id", -1))),)


async def write(
    uow: UnitOfWork,
    partner_id: str,
    now: datetime,
    *,
    actor: str,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Add an entry; its id rises with time."""
    await uow.collection(AUDIT).insert_one(
        {
            "_id": new_id(),
            "partner_id": partner_id,
            "at": now,
            "actor": actor,
            "what": what,
            # As text: what was decided about may hold any name, and amounts stay exact.
            "before": orjson.dumps(before).decode(),
            "after": orjson.dumps(after).decode(),
        }
    )


async def newest(uow: UnitOfWork, partner_id: str) -> list[AuditEntry]:
    """The newest entries of a partner, newest first."""
    rows = await uow.collection(AUDIT).find(
        {"partner_id": partner_id}, sort=[("_id", -1)], limit=MOST
    )
    return [
        AuditEntry(
            at=row["at"],
            actor=row["actor"],
            what=row["what"],
            before=orjson.loads(row["before"]),
            after=orjson.loads(row["after"]),
        )
        for row in rows
    ]
