"""Who gave and took access to a partner, and what is left once access is taken back."""

from datetime import datetime
from typing import Any

from syncline_chassis import audit
from syncline_chassis.audit import Audit
from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.audit import Decisions, ListDecisions
from syncline_contracts.identity import EVERY_PARTNER

from syncline_portal.actor import Actor

_NOTED = ("name", "email", "operator")


class AccessLog:
    """See `ports.Access`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._audit = Audit("portal")

    async def note(
        self, unit: UnitOfWork, by: Actor, what: str, before: Document | None, after: Document
    ) -> None:
        """Keep a change for each partner that it is about, in the transaction that makes it."""
        now = self._service.clock.now()
        partners = sorted({*(before or {}).get("roles", {}), *after["roles"]})
        for partner_id in partners or [EVERY_PARTNER]:
            await audit.note(
                unit,
                partner_id,
                now,
                actor=by.label,
                what=what,
                before=_noted(before, partner_id) if before else None,
                after=_noted(after, partner_id),
            )

    async def page(self, query: ListDecisions) -> Decisions:
        """Newest first."""
        return await self._audit.page(query, self._service.reading())


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


def _noted(row: Document, partner_id: str) -> dict[str, Any]:
    """What one partner may see: not whom else the token or user reaches."""
    told = {name: row[name] for name in _NOTED if name in row}
    roles = {name: role for name, role in row["roles"].items() if name == partner_id}
    return {"id": row["_id"], **told, "roles": roles, "revoked": row["revoked_at"] is not None}
