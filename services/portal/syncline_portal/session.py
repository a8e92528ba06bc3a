"""Browser sessions: a random cookie stands for the holder who signed in.

A session allows what its holder is allowed at that moment: taking access back ends it, too.
"""

import secrets
from datetime import timedelta

from syncline_chassis.mongo import Index
from syncline_chassis.service import Service

from syncline_portal.token import digest_of

SESSIONS = "sessions"
INDEXES = (Index(SESSIONS, (("expires_at", 1),), expire_after_s=0),)
COOKIE = "syncline_session"


class SessionStore:
    """See `ports.Sessions`."""

    def __init__(self, service: Service, lifetime: timedelta) -> None:
        self._clock = service.clock
        self._rows = service.mongo.collection(SESSIONS)
        self._lifetime = lifetime

    async def begin(self, holder: str) -> str:
        """Begin a session; what its cookie holds. Only a hash of that is stored."""
        cookie = secrets.token_urlsafe(32)
        now = self._clock.now()
        await self._rows.insert_one(
            {
                "_id": digest_of(cookie),
                "holder": holder,
                "begun_at": now,
                "expires_at": now + self._lifetime,
            }
        )
        return cookie

    async def find(self, cookie: str) -> str | None:
        """The holder behind a session; None once it has ended."""
        row = await self._rows.find_one({"_id": digest_of(cookie)})
        # The database removes what has expired within a minute, not at once.
        if row is None or row["expires_at"] <= self._clock.now():
            return None
        return str(row["holder"])

    async def end(self, cookie: str) -> None:
        """End a session."""
        await self._rows.delete_one({"_id": digest_of(cookie)})
