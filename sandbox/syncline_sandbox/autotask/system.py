"""Autotask databases, each of one service provider, in the store."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from syncline_sandbox.store import Store

Row = dict[str, Any]
"""A record with the vendor's field names."""
_SYSTEM = "at_system"


class System(BaseModel):
    """An API user, and the limits that are set for it."""

    model_config = ConfigDict(frozen=True)

    user_name: str
    """E-mail address; there is one per database here, and it names it."""
    secret: str
    integration_code: str
    threads: int = 3
    per_hour: int = 10_000
    used_by_others: int = 0
    """Requests of other integrations within the hour."""
    latency_s: float = 0
    """How long a call holds its thread."""
    not_queryable: frozenset[str] = frozenset()


class Systems:
    """All of them, and what each holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, system: System) -> None:
        """Make or change a system."""
        self._store.put(_SYSTEM, "", system.user_name, system.model_dump(mode="json"))

    def get(self, user_name: str) -> System | None:
        """A system by its API user."""
        found = self._store.get(_SYSTEM, "", user_name)
        return System.model_validate(found) if found else None

    def put(self, owner: str, entity: str, rows: Iterable[Row]) -> None:
        """Store records."""
        with self._store.transaction():
            for row in rows:
                self._store.put(f"at_{entity}", owner, str(row["id"]), row)

    def find(self, owner: str, entity: str, identity: object) -> Row | None:
        """A record by id."""
        found: Row | None = self._store.get(f"at_{entity}", owner, str(identity))
        return found

    def list(self, owner: str, entity: str) -> list[Row]:
        """All records of an entity, by id."""
        rows: list[Row] = self._store.all(f"at_{entity}", owner)
        return sorted(rows, key=lambda row: int(row["id"]))

    def remove(self, owner: str, entity: str, identity: object) -> None:
        """Take a record away."""
        self._store.execute(
            "DELETE FROM document WHERE kind = ? AND owner = ? AND id = ?",
            f"at_{entity}",
            owner,
            str(identity),
        )

    def next_id(self, owner: str) -> int:
        """A number that was never given before; like the vendor's it does not start at 1."""
        return self._store.count(f"autotask-ids:{owner}", "id") + 29_680_000
