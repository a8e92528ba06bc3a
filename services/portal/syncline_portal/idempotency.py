"""A command that is sent again with the same `Idempotency-Key` is carried out once.

What it answered then is answered again for a day (the IETF's draft of this header).
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from syncline_chassis.errors import ConflictError, ProblemError
from syncline_chassis.mongo import Document, DuplicateKeyError, Index
from syncline_chassis.service import Service

from syncline_portal.actor import Actor

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
ANSWERS = "idempotent_answers"
INDEXES = (Index(ANSWERS, (("expires_at", 1),), expire_after_s=0),)
KEPT = timedelta(days=1)
LEASE = timedelta(minutes=2)
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Names this command: sent again with it, it is carried out once",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_KEY = re.compile(r"[!-~]{1,200}")
_HEADERS = ("etag", "location")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept."""

    fingerprint: str
    """Of the request: another one under the same key is refused."""
    status: int | None = None
    """None while it is being carried out."""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What is particular about a command."""

    is_upload: bool = False
    """Its body is not read before it is carried out; ingest knows the same content again."""
    is_told_once: bool = False
    """What it answers is a secret, of which nothing is kept."""


class AnswerStore:
    """See `ports.Answers`."""

    def __init__(self, service: Service) -> None:
        self._clock = service.clock
        self._rows = service.mongo.collection(ANSWERS)

    async def claim(self, name: str, fingerprint: str) -> Kept | None:
        """Take the key for oneself; what is kept where somebody took it before.

        Who took it and died gave no answer: after a while the same command takes it over. That is
        safe, since the owners carry out each of these commands once by what is in it.
        """
        now = self._clock.now()
        row: Document = {"_id": name, "fingerprint": fingerprint, "claimed_at": now}
        try:
            await self._rows.insert_one({**row, "expires_at": now + KEPT})
        except DuplicateKeyError:
            left = {**row, "claimed_at": {"$lt": now - LEASE}, "status": None}
            if await self._rows.find_one_and_update(left, {"$set": {"claimed_at": now}}):
                return None
            found = await self._rows.find_one({"_id": name})
            return _kept(found) if found else await self.claim(name, fingerprint)
        return None

    async def keep(self, name: str, kept: Kept) -> None:
        """Remember the answer."""
        answer = {"status": kept.status, "body": kept.body, "headers": [*map(list, kept.headers)]}
        await self._rows.update_one({"_id": name}, {"$set": answer})

    async def forget(self, name: str) -> None:
        """Nothing was done: the key is free again."""
        await self._rows.delete_one({"_id": name})


async def once(
    request: Request,
    actor: Actor,
    answer: Callable[[], Awaitable[Response]],
    kind: Kind = Kind(),
) -> Response:
    """The answer, or the one that was given before under this key.

    Raises `ProblemError`: 400 for a key that is none, 409 while it is carried out or where it is
    told once only, 422 where the key stood for something else.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return await answer()
    if not _KEY.fullmatch(key):
        why = "Idempotency-Key takes 1 to 200 visible ASCII characters."
        raise ProblemError(400, "bad_idempotency_key", "Bad request", why, HEADER)
    store = request.app.state.portal.answers
    name = _hash(actor.token_id.encode(), key.encode())
    about = f"{request.method} {request.url.path}?{request.url.query}"
    condition = request.headers.get("if-match", "")
    length = request.headers.get("content-length", "").encode()
    content = length if kind.is_upload else await request.body()
    fingerprint = _hash(about.encode(), condition.encode(), content)
    before = await store.claim(name, fingerprint)
    if before is not None:
        return _again(before, fingerprint, kind)
    try:
        given = await answer()
    except Exception:
        await store.forget(name)
        raise
    headers = tuple((one, given.headers[one]) for one in _HEADERS if one in given.headers)
    body = b"" if kind.is_told_once else bytes(given.body)
    await store.keep(name, Kept(fingerprint, given.status_code, body, headers))
    return given


def _again(before: Kept, fingerprint: str, kind: Kind) -> Response:
    if before.fingerprint != fingerprint:
        why = "This Idempotency-Key stood for another command. Use a new one for each."
        raise ProblemError(422, "idempotency_key_reused", "Not valid", why, HEADER)
    if before.status is None:
        raise ConflictError("This very command is being carried out. Look again in a moment.")
    if kind.is_told_once:
        why = "This was made already, and it was told that once. End it, and make another."
        raise ProblemError(409, "told_once", "Conflict", why, HEADER)
    headers = {**dict(before.headers), REPLAYED: "true"}
    return Response(before.body, before.status, headers, "application/json")


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(len(one).to_bytes(8) + one for one in parts)).hexdigest()


def _kept(row: Document) -> Kept:
    headers = tuple((name, value) for name, value in row.get("headers", ()))
    return Kept(row["fingerprint"], row.get("status"), row.get("body", b""), headers)
