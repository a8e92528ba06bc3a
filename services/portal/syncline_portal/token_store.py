"""API tokens in Mongo: their digests, what they allow, and who gave and took that."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from syncline_chassis.errors import NotFoundError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.pricing_query import AuditEntry

from syncline_portal.actor import Actor
from syncline_portal.token import Grant, MadeToken, TokenView, digest_of, new_token

TOKENS = "tokens"
AUDIT = "audit"
INDEXES = (
    Index(TOKENS, (("digest", 1),), unique=True),
    Index(AUDIT, (("partners", 1), ("at", -1))),
)
USED_WITHIN = timedelta(minutes=1)
MOST_ENTRIES = 500


class TokenStore:
    """See `ports.Tokens`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._rows = service.mongo.collection(TOKENS)

    async def find(self, digest: str) -> Actor | None:
        """Who holds the token with this digest, if it is valid; notes its use once a minute."""
        row = await self._rows.find_one({"digest": digest, "revoked_at": None})
        if row is None:
            return None
        now = self._service.clock.now()
        used_at: datetime | None = row["last_used_at"]
        if used_at is None or used_at < now - USED_WITHIN:
            await self._rows.update_one({"_id": row["_id"]}, {"$set": {"last_used_at": now}})
        return Actor(row["_id"], row["name"], row["roles"], row["operator"])

    async def create(self, grant: Grant, by: Actor) -> MadeToken:
        """Make a token; the only time it is told."""
        token = new_token()
        row: Document = {
            "_id": uuid4().hex[:12],
            "digest": digest_of(token),
            **grant.model_dump(mode="json"),
            "created_at": self._service.clock.now(),
            "created_by": by.label,
            "last_used_at": None,
            "revoked_at": None,
        }

        async def work(unit: UnitOfWork) -> None:
            await unit.collection(TOKENS).insert_one(row)
            await self._note(unit, by, f"Token {grant.name!r} was given.", None, row)

        await self._service.in_transaction(work)
        return MadeToken(token=token, view=_view(row))

    async def reaching(self, partner_id: str | None) -> list[TokenView]:
        """Tokens that reach a partner, or all; newest first."""
        filter = {} if partner_id is None else {f"roles.{partner_id}": {"$exists": True}}
        rows = await self._rows.find(filter, sort=[("created_at", -1)])
        return [_view(row) for row in rows]

    async def revoke(self, token_id: str, partner_id: str | None, by: Actor) -> TokenView:
        """End a token, or only its access to one partner; one that reaches nothing ends too."""
        reaches = {} if partner_id is None else {f"roles.{partner_id}": {"$exists": True}}

        async def work(unit: UnitOfWork) -> Document:
            rows = unit.collection(TOKENS)
            before = await rows.find_one({"_id": token_id, **reaches})
            if before is None:
                raise NotFoundError(f"There is no token {token_id!r} here.")
            after = dict(before)
            if partner_id is not None and len(before["roles"]) > 1:
                after["roles"] = {k: v for k, v in before["roles"].items() if k != partner_id}
            elif before["revoked_at"] is None:
                after["revoked_at"] = self._service.clock.now()
            if after != before:
                await rows.replace_one({"_id": token_id}, after)
                what = f"Access by token {before['name']!r} was taken back."
                await self._note(unit, by, what, before, after)
            return after

        return _view(await self._service.in_transaction(work))

    async def entries(self, partner_id: str) -> list[AuditEntry]:
        """Who gave and took access to a partner; newest first."""
        rows = await self._service.mongo.collection(AUDIT).find(
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

    async def _note(
        self, unit: UnitOfWork, by: Actor, what: str, before: Document | None, after: Document
    ) -> None:
        await unit.collection(AUDIT).insert_one(
            {
                "at": self._service.clock.now(),
                "actor": by.label,
                "what": what,
                "before": _noted(before) if before else None,
                "after": _noted(after),
                "partners": sorted({*(before or {}).get("roles", {}), *after["roles"]}),
            }
        )


def _noted(row: Document) -> dict[str, Any]:
    return {
        "token_id": row["_id"],
        "name": row["name"],
        "roles": row["roles"],
        "operator": row["operator"],
        "revoked": row["revoked_at"] is not None,
    }


def _of_partner(noted: dict[str, Any] | None, partner_id: str) -> dict[str, Any] | None:
    """What one partner may see: not whom else the token reaches."""
    if noted is None:
        return None
    roles = {name: role for name, role in noted["roles"].items() if name == partner_id}
    return {**noted, "roles": roles}


def _view(row: Document) -> TokenView:
    fields = ("name", "roles", "operator", "created_at", "created_by", "last_used_at", "revoked_at")
    return TokenView(token_id=row["_id"], **{name: row[name] for name in fields})
