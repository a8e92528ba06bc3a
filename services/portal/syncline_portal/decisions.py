"""Everybody's decisions as one list: each owner is asked for its page, and the pages are merged."""

import asyncio
from collections.abc import Sequence
from itertools import chain

from pydantic import BaseModel, ConfigDict
from syncline_chassis.errors import ProblemError
from syncline_contracts.audit import Decision, Decisions, ListDecisions
from syncline_contracts.message import CONNECTORS
from syncline_contracts.stream import CONNECTORS_BUCKET

from syncline_portal.actor import suffices
from syncline_portal.guard import Call

OWNERS = ("ingest", "pricing", "mapping")


class AuditPage(BaseModel):
    """Decisions, newest first."""

    model_config = ConfigDict(frozen=True)

    entries: list[Decision]
    next_cursor: str | None = None
    without: list[str] = []
    """Owners that do not answer now: what they keep is missing here."""


async def page_of(call: Call, query: ListDecisions) -> AuditPage:
    """One page, of all owners that there are."""
    announced = set(await call.portal.bus.kv_all(CONNECTORS_BUCKET))
    owners = [*OWNERS, *(name for name in CONNECTORS if name in announced)]
    asked = await asyncio.gather(*(_ask(call, query, owner) for owner in owners))
    pages = [page for page in asked if page is not None]
    role = call.actor.role_for(query.partner_id)
    if call.actor.is_operator or (role is not None and suffices(role, "admin")):
        pages.append(await call.portal.access.page(query))  # who may sign in is an admin's matter
    whole = merged(pages, query.page.limit)
    return AuditPage(
        entries=list(whole.entries),
        next_cursor=whole.next_cursor,
        without=[owner for owner, page in zip(owners, asked, strict=True) if page is None],
    )


def merged(pages: Sequence[Decisions], limit: int) -> Decisions:
    """The newest of all; nothing older than what an owner may still have in between."""
    unbroken = max((page.entries[-1].place for page in pages if page.next_cursor), default=None)
    entries = sorted(chain(*(page.entries for page in pages)), key=_place, reverse=True)
    shown = [one for one in entries if unbroken is None or one.place >= unbroken][:limit]
    is_all = unbroken is None and len(shown) == len(entries)
    return Decisions(entries=tuple(shown), next_cursor=None if is_all else shown[-1].cursor)


def _place(entry: Decision) -> tuple[object, str]:
    return entry.place


async def _ask(call: Call, query: ListDecisions, owner: str) -> Decisions | None:
    try:
        return await call.ask(query, service=owner)
    except ProblemError as error:
        if error.status != 503:
            raise
        return None
