"""Sources of partners: settings, sealed secrets, when to poll; and what was seen at them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncline_chassis import audit
from syncline_chassis.errors import ConflictError
from syncline_chassis.mongo import Document, DuplicateKeyError, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import key
from syncline_contracts.ingest_query import SourceView

from syncline_ingest.rules import SourceRules

SOURCES = "sources"
MARKS = "offer_marks"
INDEXES = (
    Index(SOURCES, (("partner_id", 1), ("source_id", 1)), unique=True),
    Index(SOURCES, (("next_poll_at", 1),), partial={"enabled": True}),
    Index(MARKS, (("partner_id", 1), ("source_id", 1))),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it is stored; its secrets are sealed."""

    partner_id: str
    source_id: str
    kind: str
    version: int
    enabled: bool
    rules: SourceRules
    settings: dict[str, Any]
    sealed: str
    next_poll_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_error: str = ""
    failures: int = 0

    def shown(self) -> dict[str, Any]:
        """Settings as a person gives and sees them: those of its kind, and the rules set."""
        return {**self.settings, **_dumped(self.rules)}

    def view(self) -> SourceView:
        """What of it may be shown."""
        return SourceView(
            source_id=self.source_id,
            kind=self.kind,
            version=self.version,
            enabled=self.enabled,
            settings=self.shown(),
            last_polled_at=self.last_polled_at,
            last_error=self.last_error,
        )


class Sources:
    """Sources, by partner."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._rows = uow.collection(SOURCES)

    async def get(self, partner_id: str, source_id: str) -> Source | None:
        """One source."""
        row = await self._rows.find_one(_key(partner_id, source_id))
        return _to_source(row) if row else None

    async def of(self, partner_id: str) -> list[Source]:
        """All sources of a partner."""
        rows = await self._rows.find({"partner_id": partner_id}, sort=[("source_id", 1)])
        return [_to_source(row) for row in rows]

    async def save(self, source: Source, *, actor: str, now: datetime, new_secrets: bool) -> None:
        """Store version N over version N-1, with its audit entry. Raises `ConflictError`."""
        key = _key(source.partner_id, source.source_id)
        before = await self.get(source.partner_id, source.source_id)
        row = {
            **key,
            "source_id": source.source_id,
            "kind": source.kind,
            "version": source.version,
            "enabled": source.enabled,
            "settings": source.settings,
            "rules": _dumped(source.rules),
            "sealed": source.sealed,
            "next_poll_at": source.next_poll_at,
            "last_polled_at": source.last_polled_at,
            "last_error": "",
            "failures": 0,
        }
        try:
            if source.version == 1:
                await self._rows.insert_one(row)
            else:
                outcome = await self._rows.replace_one({**key, "version": source.version - 1}, row)
                if outcome.matched == 0:
                    raise _changed(source.source_id)
        except DuplicateKeyError:
            raise _changed(source.source_id) from None
        await audit.note(
            self._uow,
            source.partner_id,
            now,
            actor=actor,
            what=f"Source {source.source_id!r} was {'changed' if before else 'made'}"
            f"{', with new secrets' if new_secrets else ''}.",
            before=_shown(before) if before else None,
            after=_shown(source),
        )

    async def due(self, now: datetime) -> list[tuple[str, str]]:
        """Partner and id of what is to be polled: over all partners, names only."""
        rows = await self._rows.find(
            {"enabled": True, "next_poll_at": {"$lte": now}},
            projection={"partner_id": 1, "source_id": 1},
            sort=[("next_poll_at", 1)],
            limit=50,
        )
        return [(row["partner_id"], row["source_id"]) for row in rows]

    async def polled(self, source: Source, now: datetime, error: str, following: datetime) -> None:
        """Note a poll; not over a newer version of the source."""
        await self._rows.update_one(
            {**_key(source.partner_id, source.source_id), "version": source.version},
            {
                "$set": {
                    "last_polled_at": now,
                    "last_error": error,
                    "failures": source.failures + 1 if error else 0,
                    "next_poll_at": following,
                }
            },
        )

    async def partners(self) -> dict[str, bool]:
        """Partners that have a source, and whether their folder is watched; names only."""
        rows = await self._rows.find(
            {}, projection={"partner_id": 1, "kind": 1, "enabled": 1}, sort=[("partner_id", 1)]
        )
        watched: dict[str, bool] = {}
        for row in rows:
            is_off = row["kind"] == "watched_folder" and not row["enabled"]
            watched[row["partner_id"]] = watched.get(row["partner_id"], True) and not is_off
        return watched


class Marks:
    """What was offered before, so that it is not fetched again."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(MARKS)

    async def is_seen(
        self, source: Source, name: str, mark: str, *, refused_since: datetime
    ) -> bool:
        """Tell whether this very offer was settled; a refused one is fetched again after a time."""
        row = await self._rows.find_one(_mark_key(source, name))
        if row is None or row["mark"] != mark:
            return False
        return bool(row["outcome"] != "rejected" or row["at"] > refused_since)

    async def note(self, source: Source, name: str, mark: str, outcome: str, now: datetime) -> None:
        """Remember what became of an offer."""
        fields = {
            "source_id": source.source_id,
            "name": name,
            "mark": mark,
            "outcome": outcome,
            "at": now,
        }
        await self._rows.update_one(_mark_key(source, name), {"$set": fields}, upsert=True)


def _key(partner_id: str, source_id: str) -> Document:
    return {"_id": f"{partner_id}/{source_id}", "partner_id": partner_id}


def _mark_key(source: Source, name: str) -> Document:
    # With the settings: another account may have an invoice of the same number.
    where = key("mark", source.source_id, repr(sorted(source.settings.items())), name, length=26)
    return {"_id": f"{source.partner_id}/{where}", "partner_id": source.partner_id}


def _to_source(row: Document) -> Source:
    return Source(
        partner_id=row["partner_id"],
        source_id=row["source_id"],
        kind=row["kind"],
        version=row["version"],
        enabled=row["enabled"],
        rules=SourceRules.model_validate(row.get("rules", {})),
        settings=row["settings"],
        sealed=row["sealed"],
        next_poll_at=row["next_poll_at"],
        last_polled_at=row["last_polled_at"],
        last_error=row["last_error"],
        failures=row["failures"],
    )


def _shown(source: Source) -> dict[str, Any]:
    return {"kind": source.kind, "enabled": source.enabled, "settings": source.shown()}


def _dumped(rules: SourceRules) -> dict[str, Any]:
    return rules.model_dump(mode="json", exclude_unset=True)


def _changed(source_id: str) -> ConflictError:
    return ConflictError(f"The source {source_id} was changed meanwhile: look at it again.")
