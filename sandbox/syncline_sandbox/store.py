"""What the sandbox remembers, in SQLite; a transaction is on disk when `transaction` ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syncline_sandbox.decimals import dump_json, load_json

_STATE = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (kind, owner, id)
);
CREATE TABLE IF NOT EXISTS xero_document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, number TEXT NOT NULL,
    status TEXT NOT NULL, contact TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (org, id)
);
CREATE INDEX IF NOT EXISTS xero_document_number ON xero_document (org, number);
CREATE TABLE IF NOT EXISTS xero_write (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    id TEXT NOT NULL, number TEXT NOT NULL, status TEXT NOT NULL, total TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS xero_reply (
    org TEXT NOT NULL, client TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL,
    request TEXT NOT NULL, status INTEGER NOT NULL, content_type TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (org, client, key)
);
CREATE TABLE IF NOT EXISTS token (
    kind TEXT NOT NULL, value TEXT PRIMARY KEY, owner TEXT NOT NULL, scope TEXT NOT NULL,
    expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS dicker_page (
    account TEXT NOT NULL, number TEXT NOT NULL, page INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (account, number, page)
);
"""
_COUNTERS = """
CREATE TABLE IF NOT EXISTS counter (
    scope TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (scope, name)
) WITHOUT ROWID;
"""


class Store:
    """One directory with two databases: the state, and counters that need no fsync."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._state = _open(directory / "state.sqlite", "FULL", _STATE)
        # A killed process loses nothing here either; only a power cut could.
        self._counters = _open(directory / "counters.sqlite", "OFF", _COUNTERS)
        self._depth = 0

    def close(self) -> None:
        """Close both databases."""
        self._state.close()
        self._counters.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Group writes; an inner block joins the outer one."""
        if self._depth:
            yield
            return
        self._state.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._state.execute("ROLLBACK")
            raise
        else:
            self._state.execute("COMMIT")
        finally:
            self._depth = 0

    def execute(self, sql: str, *values: Any) -> None:
        """Run one statement."""
        self._state.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._state.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        found: tuple[Any, ...] | None = self._state.execute(sql, values).fetchone()
        return found

    def put(self, kind: str, owner: str, identity: str, body: Any) -> None:
        """Insert or replace a document; its place in the order stays."""
        self._state.execute(
            "INSERT INTO document (kind, owner, id, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, owner, id) DO UPDATE SET body = excluded.body",
            (kind, owner, identity, dump_json(body)),
        )

    def get(self, kind: str, owner: str, identity: str) -> Any | None:
        """Return one document or None."""
        found = self.row(
            "SELECT body FROM document WHERE kind = ? AND owner = ? AND id = ?",
            kind,
            owner,
            identity,
        )
        return load_json(found[0]) if found else None

    def all(self, kind: str, owner: str = "") -> list[Any]:
        """Return an owner's documents of one kind, oldest first."""
        found = self.rows(
            "SELECT body FROM document WHERE kind = ? AND owner = ? ORDER BY seq", kind, owner
        )
        return [load_json(body) for (body,) in found]

    def remove(self, kind: str, owner: str) -> None:
        """Drop an owner's documents of one kind."""
        self._state.execute("DELETE FROM document WHERE kind = ? AND owner = ?", (kind, owner))

    def count(self, scope: str, name: str, by: int = 1) -> int:
        """Raise a counter and return its new value."""
        row = self._counters.execute(
            "INSERT INTO counter VALUES (?, ?, ?)"
            " ON CONFLICT (scope, name) DO UPDATE SET n = n + excluded.n RETURNING n",
            (scope, name, by),
        ).fetchone()
        return int(row[0])

    def counters(self, scope: str) -> dict[str, int]:
        """Return all counters of one scope."""
        rows = self._counters.execute(
            "SELECT name, n FROM counter WHERE scope = ? ORDER BY name", (scope,)
        )
        return dict(rows.fetchall())

    def drop_counters(self, scope: str, keep: str) -> None:
        """Forget a scope's counters except one."""
        self._counters.execute("DELETE FROM counter WHERE scope = ? AND name <> ?", (scope, keep))


def _open(path: Path, synchronous: str, schema: str) -> sqlite3.Connection:
    # The server runs in one thread; tests build the application in another one and hand it over.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.executescript(schema)
    return connection
