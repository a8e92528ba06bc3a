"""The audit of one owner: written in the transaction of the decision, and never changed."""

import re
from datetime import datetime
from typing import Any

import orjson
from syncline_contracts.audit import Decision, Decisions, ListDecisions, place_of
from syncline_contracts.identity import new_id

from syncline_chassis.errors import UnprocessableError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork

AUDIT = "audit"
INDEXES = (Index(AUDIT, (("partner_id", 1), ("at", -1), ("_id", -1))),)
PAGE_BYTES = 512 * 1024
"""So much fits on one page, beside its first entry."""
State = dict[str, Any]


async def note(
    uow: UnitOfWork,
    partner_id: str,
    now: datetime,
    *,
    actor: str,
    what: str,
    before: State | None,
    after: State | None,
    why: str = "",
    decision_id: str | None = None,
) -> None:
    """Keep a decision, under an id that rises with time unless one is given. Never a secret."""
    row = {
        "_id": decision_id or new_id(),
        "partner_id": partner_id,
        "at": now,
        "actor": actor,
        "what": what,
        "why": why,
        # As text: what was decided about may hold any name, and amounts stay exact.
        "before": orjson.dumps(before).decode(),
        "after": orjson.dumps(after).decode(),
    }
    await uow.collection(AUDIT).insert_one(row)


async def find(uow: UnitOfWork, decision_id: str) -> Document | None:
    """What is kept under this id."""
    return await uow.collection(AUDIT).find_one({"_id": decision_id})


class Audit:
    """Answers `ListDecisions`."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    async def page(self, query: ListDecisions, uow: UnitOfWork) -> Decisions:
        """A page, newest first."""
        found: list[Decision] = []
        size, limit = 0, query.page.limit
        async for row in uow.collection(AUDIT).iterate(
            _filter(query), sort=[("at", -1), ("_id", -1)], batch_size=limit + 1
        ):
            size += len(row["before"]) + len(row["after"])
            if len(found) == limit or (found and size > PAGE_BYTES):
                return Decisions(entries=tuple(found), next_cursor=found[-1].cursor)
            found.append(self._decision(row))
        return Decisions(entries=tuple(found))

    def _decision(self, row: Document) -> Decision:
        return Decision(
            decision_id=row["_id"],
            owner=self._owner,
            at=row["at"],
            actor=row["actor"],
            what=row["what"],
            why=row.get("why", ""),
            before=orjson.loads(row["before"]),
            after=orjson.loads(row["after"]),
        )


def _filter(query: ListDecisions) -> Document:
    wanted: list[Document] = [{"partner_id": query.partner_id}]
    if query.who:
        wanted.append({"actor": _part(query.who)})
    if query.what:
        wanted.append({"$or": [{"what": _part(query.what)}, {"why": _part(query.what)}]})
    if query.since:
        wanted.append({"at": {"$gte": query.since}})
    if query.until:
        wanted.append({"at": {"$lt": query.until}})
    if query.page.cursor is not None:
        try:
            at, decision_id = place_of(query.page.cursor)
        except ValueError:
            raise UnprocessableError(
                "This cursor is not one that was given out here. Start from the first page.",
                "page.cursor",
            ) from None
        wanted.append(
            {"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": decision_id}}]},
        )
    return {"$and": wanted}


def _part(text: str) -> Document:
    return {"$regex": re.escape(text), "$options": "i"}
