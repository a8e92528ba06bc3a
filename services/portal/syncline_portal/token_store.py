"""API tokens in Mongo: their digests, and what they allow."""

from datetime import datetime, timedelta
from uuid import uuid4

from syncline_chassis.errors import NotFoundError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork

from syncline_portal.access_log import AccessLog, reaching, taken_back
from syncline_portal.actor import Actor
from syncline_portal.token import Grant, MadeToken, TokenView, digest_of, new_token

TOKENS = "tokens"
INDEXES = (Index(TOKENS, (("digest", 1),), unique=True),)
USED_WITHIN = timedelta(minutes=1)


class TokenStore:
    """See `ports.Tokens`."""

    def __init__(self, service: Service, log: AccessLog) -> None:
        self._service = service
        self._log = log
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
            await self._log.note(unit, by, f"Token {grant.name!r} was given.", None, row)

        await self._service.in_transaction(work)
        return MadeToken(token=token, view=_view(row))

    async def reaching(self, partner_id: str | None) -> list[TokenView]:
        """Tokens that reach a partner, or all; newest first."""
        rows = await self._rows.find(reaching(partner_id), sort=[("created_at", -1), ("_id", -1)])
        return [_view(row) for row in rows]

    async def revoke(self, token_id: str, partner_id: str | None, by: Actor) -> TokenView:
        """End a token, or only its access to one partner; one that reaches nothing ends too."""

        async def work(unit: UnitOfWork) -> Document:
            rows = unit.collection(TOKENS)
            before = await rows.find_one({"_id": token_id, **reaching(partner_id)})
            if before is None:
                raise NotFoundError(f"There is no token {token_id!r} here.")
            after = taken_back(before, partner_id, self._service.clock.now())
            if after != before:
                await rows.replace_one({"_id": token_id}, after)
                what = f"Access by token {before['name']!r} was taken back."
                await self._log.note(unit, by, what, before, after)
            return after

        return _view(await self._service.in_transaction(work))


def _view(row: Document) -> TokenView:
    fields = ("name", "roles", "operator", "created_at", "created_by", "last_used_at", "revoked_at")
    return TokenView(token_id=row["_id"], **{name: row[name] for name in fields})
