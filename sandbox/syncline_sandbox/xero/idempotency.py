"""Cached replies by `Idempotency-Key`: six minutes, per client and organisation, errors too."""

import hashlib

from syncline_sandbox.asgi import Reply
from syncline_sandbox.clock import Clock
from syncline_sandbox.store import Store

LIFETIME_S = 360
MAX_KEY = 128


class KeyReusedError(Exception):
    """The key belongs to another request."""


class Replies:
    """The cache, on disk like everything else."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, org: str, client: str, key: str, request: str) -> Reply | None:
        """Return the first answer to this very request, if it is not too long ago.

        Raises:
            KeyReusedError: the key came with another request.
        """
        found = self._store.row(
            "SELECT at, request, status, content_type, body FROM xero_reply"
            " WHERE org = ? AND client = ? AND key = ?",
            org,
            client,
            key,
        )
        if found is None or found[0] + LIFETIME_S <= self._clock.timestamp():
            return None
        if found[1] != request:
            raise KeyReusedError
        return Reply(found[2], {"content-type": found[3]}, found[4])

    def keep(self, org: str, client: str, key: str, request: str, reply: Reply) -> None:
        """Remember an answer from now on."""
        self._store.execute(
            "INSERT OR REPLACE INTO xero_reply VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            org,
            client,
            key,
            self._clock.timestamp(),
            request,
            reply.status,
            reply.content_type,
            reply.body,
        )


def fingerprint(method: str, path: str, query: bytes, body: bytes) -> str:
    """Return what makes two requests the same."""
    parts = (method.encode(), path.encode(), query, body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
