"""Who gave and took access to a partner, and what is left once access is taken back."""

from datetime import datetime
from typing import Any

from syncline_chassis.mongo import Document, Index
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.pricing_query import AuditEntry

from syncline_portal.actor import Actor

AUDIT = "audit"
INDEXES = (Index(AUDIT, (("partners", 1), ("at", -1))),)
MOST_ENTRIES = 500
_NOTED = ("name", "email", "roles", "operator")


class AccessLog:
    """See `ports.Access`."""

    def __init__(self, service: Service) -> None:
        self._clock = service.clock
        self._rows = service.mongo.collection(AUDIT)

    async def note(
        self, unit: UnitOfWork, by: Actor, what: str, before: Document | None, after: Document
    ) -> None:
        """Keep a change, in the transaction that makes it."""
        await unit.collection(AUDIT).insert_one(
            {
                "at": self._clock.now(),
                "actor": by.label,
                "what": what,
                "before": _noted(before) if before else None,
                "after": _noted(after),
                "partners": sorted({*(before or {}).get("roles", {}), *after["roles"]}),
            }
        )

    async def entries(self, partner_id: str) -> list[AuditEntry]:
        """Newest first, without whom else the same token or user reaches."""
        rows = await self._rows.find(
            {"partners": partner_id}, sort=[("at", -1)], limit=MOST_ENTRIES
        )
        return [
            AuditEntry(
                at=row["at"],
                actor=row["actor"],
                what=row["what"],
                before=_of_partner(row["before"], partner_id),
                after=_of_partner(row["after"], partner_id),
            )
            for row in rows
        ]


def reaching(partner_id: str | None) -> Document:
    """Filter for what reaches a partner, or anything."""
    return {} if partner_id is None else {f"roles.{partner_id}": {"$exists": True}}


def taken_back(row: Document, partner_id: str | None, now: datetime) -> Document:
    """Without access, or without that to one partner; what reaches nothing has ended."""
    after = dict(row)
    if partner_id is not None and (len(row["roles"]) > 1 or row["operator"]):
        after["roles"] = {key: role for key, role in row["roles"].items() if key != partner_id}
    elif row["revoked_at"] is None:
        after["revoked_at"] = now
    return after


def _noted(row: Document) -> dict[str, Any]:
    told = {name: row[name] for name in _NOTED if name in row}
    return {"id": row["_id"], **told, "revoked": row["revoked_at"] is not None}


def _of_partner(noted: dict[str, Any] | None, partner_id: str) -> dict[str, Any] | None:
    """What one partner may see: not whom else the token reaches."""
    if noted is None:
        return None
    roles = {name: role for name, role in noted["roles"].items() if name == partner_id}
    return {**noted, "roles": roles}
