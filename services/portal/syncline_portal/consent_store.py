"""Consents that people have begun: which browser session may finish which one, once, and soon."""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from syncline_chassis.errors import ProblemError
from syncline_chassis.mongo import Index
from syncline_chassis.service import Service

from syncline_portal.token import digest_of

CONSENTS = "consents"
GOOD_FOR = timedelta(minutes=10)
INDEXES = (Index(CONSENTS, (("expires_at", 1),), expire_after_s=0),)


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that a person was sent away for."""

    partner_id: str
    connector: str
    connection_id: str
    redirect_uri: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    """Of PKCE: whoever sees the code on its way cannot use it without."""

    @property
    def challenge(self) -> str:
        """What of the verifier the PSA is told before (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class ConsentStore:
    """See `ports.Consents`. Of state and session only hashes are stored."""

    def __init__(self, service: Service) -> None:
        self._clock = service.clock
        self._rows = service.mongo.collection(CONSENTS)

    async def begin(self, session: str, begun: Begun) -> str:
        """Remember it for this session; the state that its answer has to name."""
        state = secrets.token_urlsafe(32)
        row = {"_id": digest_of(state), "session": digest_of(session), "begun": asdict(begun)}
        await self._rows.insert_one({**row, "expires_at": self._clock.now() + GOOD_FOR})
        return state

    async def take(self, session: str, state: str) -> Begun:
        """What was begun, once. Raises `ProblemError` for another session's, or a late one."""
        row = await self._rows.find_one({"_id": digest_of(state)})
        if row is None or row["expires_at"] <= self._clock.now():
            raise refused("It took longer than ten minutes, or was used already.")
        if not secrets.compare_digest(str(row["session"]), digest_of(session)):
            raise refused("It was begun in another browser, or by somebody else.")
        if not await self._rows.delete_one({"_id": row["_id"]}):
            raise refused("It was used already.")
        return Begun(**row["begun"])


def refused(why: str) -> ProblemError:
    """An answer that is not taken."""
    return ProblemError(403, "consent_refused", "Not connected", f"{why} Connect again.")
