"""What the routes stand on, so that a test can put something else in its place."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from syncline_chassis.bus import RawBatch
from syncline_chassis.clock import Clock
from syncline_chassis.standing import StandingDurable, StandingStream
from syncline_contracts.audit import Decisions, ListDecisions
from syncline_contracts.dead_letter import DeadLetter
from syncline_contracts.query import Query

from syncline_portal.actor import Actor
from syncline_portal.consent_store import Begun
from syncline_portal.idempotency import Kept
from syncline_portal.oidc import Identity
from syncline_portal.settings import Settings
from syncline_portal.streams import EventStreams
from syncline_portal.throttle import Throttle
from syncline_portal.token import Grant, MadeToken, TokenView
from syncline_portal.user import UserAccess, UserView

A = TypeVar("A", bound=BaseModel)


class PortalBus(Protocol):
    """The part of the chassis' bus that the portal uses."""

    async def ask(
        self, query: Query[A], *, service: str | None = None, timeout_s: float = 10.0
    ) -> A:
        """Ask the owner. Raises `ProblemError`, 503 where nobody answers."""
        ...

    def follow(
        self, stream: str, subject: str, *, since: datetime
    ) -> AsyncGenerator[RawBatch, None]:
        """What came since then and comes from now on."""
        ...

    async def kv_all(self, bucket: str) -> dict[str, bytes]:
        """Every value of a bucket."""
        ...

    async def object_put(self, bucket: str, name: str, chunks: AsyncIterator[bytes]) -> int:
        """Store an object; how many bytes it has."""
        ...

    async def object_delete(self, bucket: str, name: str) -> None:
        """Remove an object."""
        ...


class BrokerView(Protocol):
    """What stands on the broker, beside what is declared."""

    async def streams(self) -> list[StandingStream]:
        """Every declared stream. Raises `TransientError`."""
        ...

    async def durables(self) -> list[StandingDurable]:
        """Every declared durable. Raises `TransientError`."""
        ...


class Letters(Protocol):
    """Dead letters, read."""

    async def newest(self, *, limit: int, before: int | None = None) -> list[DeadLetter]:
        """The newest without bodies; `before` is exclusive."""
        ...

    async def get(self, number: int) -> DeadLetter | None:
        """One with its body."""
        ...


class Tokens(Protocol):
    """API tokens, by their digest only."""

    async def find(self, digest: str) -> Actor | None:
        """Who holds the token with this digest, if it is valid; notes its use."""
        ...

    async def create(self, grant: Grant, by: Actor) -> MadeToken:
        """Make a token; the only time it is told."""
        ...

    async def reaching(self, partner_id: str | None) -> list[TokenView]:
        """Tokens that reach a partner, or all; newest first."""
        ...

    async def revoke(self, token_id: str, partner_id: str | None, by: Actor) -> TokenView:
        """End a token, or only its access to one partner. Raises `NotFoundError`."""
        ...


class Users(Protocol):
    """People who sign in by the identity provider, by their e-mail address."""

    async def find(self, email: str) -> Actor | None:
        """A user who still has access."""
        ...

    async def admit(self, email: str, subject: str) -> Actor:
        """Sign a person in. Raises `ProblemError`, 403."""
        ...

    async def grant(
        self, email: str, access: UserAccess, by: Actor, expected_version: int | None = None
    ) -> UserView:
        """Give or change access; the same again changes nothing. Raises `ProblemError`, 412."""
        ...

    async def get(self, email: str, partner_id: str | None) -> UserView:
        """A user who reaches a partner, or any. Raises `NotFoundError`."""
        ...

    async def reaching(self, partner_id: str | None) -> list[UserView]:
        """Users who reach a partner, or all; by address."""
        ...

    async def revoke(
        self, email: str, partner_id: str | None, by: Actor, expected_version: int | None = None
    ) -> UserView:
        """End a user's access, or only that to one partner.

        Raises `NotFoundError`, and `ProblemError`, 412.
        """
        ...


class Access(Protocol):
    """Who gave and took access."""

    async def page(self, query: ListDecisions) -> Decisions:
        """Of one partner; newest first."""
        ...


class Answers(Protocol):
    """What commands answered, by their key."""

    async def claim(self, name: str, fingerprint: str) -> Kept | None:
        """Take the key for oneself; what is kept where somebody took it before."""
        ...

    async def keep(self, name: str, kept: Kept) -> None:
        """Remember the answer."""
        ...

    async def forget(self, name: str) -> None:
        """Nothing was done: the key is free again."""
        ...


class IdentityProvider(Protocol):
    """Where people sign in with their company's account."""

    name: str

    async def begin(self, request: Request, back_to: str) -> Response:
        """Send the browser there. Raises `ProblemError`, 503."""
        ...

    async def finish(self, request: Request) -> Identity:
        """Read the answer. Raises `ProblemError`: 401, or 503 where it is away."""
        ...


class Consents(Protocol):
    """Consents in a PSA that people have begun."""

    async def begin(self, session: str, begun: Begun) -> str:
        """Remember it for this session; the state that its answer has to name."""
        ...

    async def take(self, session: str, state: str) -> Begun:
        """What was begun, once. Raises `ProblemError` for another session's, or a late one."""
        ...


class Sessions(Protocol):
    """Browser sessions, by a hash of their cookie only."""

    async def begin(self, holder: str) -> str:
        """Begin a session; what its cookie holds."""
        ...

    async def find(self, cookie: str) -> str | None:
        """The holder behind a session; None once it has ended."""
        ...

    async def end(self, cookie: str) -> None:
        """End a session."""
        ...


@dataclass(frozen=True, slots=True)
class Portal:
    """Everything a route needs."""

    bus: PortalBus
    standing: BrokerView
    letters: Letters
    tokens: Tokens
    users: Users
    access: Access
    answers: Answers
    provider: IdentityProvider | None
    sessions: Sessions
    consents: Consents
    settings: Settings
    clock: Clock
    streams: EventStreams
    throttle: Throttle
