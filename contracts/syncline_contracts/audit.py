"""The audit: every owner keeps the decisions that were made with it, and tells them alike."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from syncline_contracts.message import CONNECTORS, Model
from syncline_contracts.pricing_query import AuditEntry
from syncline_contracts.query import Page, Query


class Decision(AuditEntry):
    """One decision of a person, with its place among all of them."""

    decision_id: str
    owner: str
    """The service that keeps it."""
    why: str = ""

    @property
    def place(self) -> tuple[datetime, str]:
        """Newer decisions have a higher one, of whichever owner."""
        return self.at, self.decision_id

    @property
    def cursor(self) -> str:
        """What leads on behind it."""
        return f"{self.at.isoformat()}~{self.decision_id}"


def place_of(cursor: str) -> tuple[datetime, str]:
    """The place that a cursor names. Raises `ValueError`."""
    at, _, decision_id = cursor.partition("~")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return moment, decision_id


class Decisions(Model):
    """Answer to `ListDecisions`."""

    entries: tuple[Decision, ...]
    next_cursor: str | None = None


class ListDecisions(Query[Decisions]):
    """Decisions of a partner that this owner keeps, newest first.

    About `EVERY_PARTNER`: those that belong to no single one. A page may be shorter than its limit
    while there are more.
    """

    services: ClassVar[tuple[str, ...]] = ("ingest", "pricing", "mapping", *CONNECTORS)
    name: ClassVar[str] = "decisions"

    who: Annotated[str, Field(max_length=200)] = ""
    """Part of the actor's name, in any case."""
    what: Annotated[str, Field(max_length=200)] = ""
    """Part of what was decided or why, in any case."""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    """Exclusive."""
    page: Page = Page()
