"""A bus and a token store in memory, and what the owners would answer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import NotFoundError, ProblemError
from syncline_chassis.standing import StandingDurable, StandingStream
from syncline_chassis.testing.clock import FixedClock
from syncline_contracts.audit import Decisions, ListDecisions
from syncline_contracts.dead_letter import DeadLetter
from syncline_contracts.message import Event, Headers
from syncline_contracts.query import Query
from syncline_contracts.stream import DURABLES, STREAMS
from syncline_portal.actor import Actor
from syncline_portal.consent_store import Begun, refused
from syncline_portal.idempotency import Kept
from syncline_portal.oidc import Identity
from syncline_portal.ports import Portal
from syncline_portal.settings import Settings
from syncline_portal.streams import EventStreams
from syncline_portal.throttle import Throttle
from syncline_portal.token import Grant, MadeToken, TokenView, digest_of, new_token
from syncline_portal.user import UserAccess, UserView
from syncline_portal.user_store import check_version

A = TypeVar("A", bound=BaseModel)
Answer = BaseModel | Exception | Callable[[Any], BaseModel]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def letter(number: int) -> DeadLetter:
    """A message that pricing could not handle."""
    headers = {
        "syncline-original-ce-type": "lines.published.v1",
        "syncline-original-ce-id": "m-1",
        "syncline-subject": "syncline.lines.published.v1.small.acme.key",
        "syncline-attempts": "1",
        "syncline-error-kind": "InvalidMessageError",
        "syncline-error": "lines.published.v1, at cost: not a number.",
    }
    laid_down = "syncline.dlq.pricing.lines.published.v1"
    return DeadLetter.of(number, NOW, laid_down, headers, b"{}", whole=True)


class FakeBus:
    """Answers what it was told to; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[type[Query[Any]], Answer] = {}
        self.asked: list[tuple[Query[Any], str | None]] = []
        self.away: set[str] = set()
        self.values: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.facts: asyncio.Queue[RawBatch | Exception] = asyncio.Queue()
        self.followed: list[tuple[str, str, datetime | None]] = []
        self.listening = 0

    async def ask(
        self, query: Query[A], *, service: str | None = None, timeout_s: float = 10.0
    ) -> A:
        assert query.subject(service).split(".")[-1] == query.partner_id
        query.model_dump_json()
        self.asked.append((query, service))
        answer = self.answers.get(
            type(query), ProblemError(503, "unavailable", "Not available", "Nobody answers.")
        )
        if (service or query.services[0]) in self.away:
            raise ProblemError(503, "unavailable", "Not available", f"{service} is away.")
        if isinstance(answer, Exception):
            raise answer
        found = answer if isinstance(answer, BaseModel) else answer(query)
        return query.answer_type().model_validate_json(found.model_dump_json())

    async def follow(
        self, stream: str, subject: str, *, since: datetime
    ) -> AsyncGenerator[RawBatch, None]:
        self.followed.append((stream, subject, since))
        self.listening += 1
        try:
            while True:
                fact = await self.facts.get()
                if isinstance(fact, Exception):
                    raise fact
                yield fact
        finally:
            self.listening -= 1

    async def kv_all(self, bucket: str) -> dict[str, bytes]:
        return self.values

    async def object_put(self, bucket: str, name: str, chunks: AsyncIterator[bytes]) -> int:
        data = b"".join([chunk async for chunk in chunks])
        self.objects[f"{bucket}:{name}"] = data
        return len(data)

    async def object_delete(self, bucket: str, name: str) -> None:
        self.objects.pop(f"{bucket}:{name}", None)


class FakeStanding:
    """Everything stands as it is declared, and nothing waits."""

    def __init__(self) -> None:
        self.all_durables = [StandingDurable(one, is_there=True) for one in DURABLES]

    async def streams(self) -> list[StandingStream]:
        return [StandingStream(one, is_there=True) for one in STREAMS]

    async def durables(self) -> list[StandingDurable]:
        return self.all_durables


class FakeLetters:
    """Three dead letters."""

    def __init__(self) -> None:
        self.letters = [letter(3), letter(2), letter(1)]

    async def newest(self, *, limit: int, before: int | None = None) -> list[DeadLetter]:
        found = [one for one in self.letters if before is None or one.letter_id < before]
        return [one.model_copy(update={"body": None}) for one in found[:limit]]

    async def get(self, number: int) -> DeadLetter | None:
        return next((one for one in self.letters if one.letter_id == number), None)


class FakeTokens:
    """Tokens in memory."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}

    def give(self, **roles: Any) -> str:
        """A token with these roles; `operator=True` for all."""
        token = new_token()
        operator = bool(roles.pop("operator", False))
        actor = Actor(f"t{len(self.actors)}", "Ann", roles, operator)
        self.actors[digest_of(token)] = actor
        return token

    async def find(self, digest: str) -> Actor | None:
        return self.actors.get(digest)

    async def create(self, grant: Grant, by: Actor) -> MadeToken:
        token = self.give(**grant.roles, operator=grant.operator)
        return MadeToken(token=token, view=_view(self.actors[digest_of(token)]))

    async def reaching(self, partner_id: str | None) -> list[TokenView]:
        found = [_view(one) for one in self.actors.values() if _reaches(one, partner_id)]
        return sorted(found, key=lambda one: one.token_id, reverse=True)

    async def revoke(self, token_id: str, partner_id: str | None, by: Actor) -> TokenView:
        for digest, one in self.actors.items():
            if one.token_id == token_id and _reaches(one, partner_id):
                del self.actors[digest]
                return _view(one)
        raise NotFoundError(f"There is no token {token_id!r} here.")


class FakeUsers:
    """Users in memory."""

    def __init__(self) -> None:
        self.views: dict[str, UserView] = {}

    async def find(self, email: str) -> Actor | None:
        one = self.views.get(email)
        return Actor(one.email, one.name, one.roles, one.operator) if one else None

    async def admit(self, email: str, subject: str) -> Actor:
        actor = await self.find(email)
        if actor is None:
            raise ProblemError(403, "no_access", "No access", f"{email} has no access yet.")
        return actor

    async def grant(
        self, email: str, access: UserAccess, by: Actor, expected_version: int | None = None
    ) -> UserView:
        old = self.views.get(email)
        self._check(email, expected_version)
        roles = {**(old.roles if old else {}), **access.roles}
        view = UserView(
            email=email,
            name=access.name,
            roles=roles,
            operator=bool(access.operator),
            created_at=NOW,
            created_by=by.label,
            version=old.version + 1 if old else 1,
        )
        self.views[email] = view
        return view

    def _check(self, email: str, expected: int | None) -> None:
        row = {"version": self.views[email].version} if email in self.views else None
        check_version(email, row, expected)

    async def get(self, email: str, partner_id: str | None) -> UserView:
        found = {one.email: one for one in await self.reaching(partner_id)}
        if email not in found:
            raise NotFoundError(f"There is no user {email} here.")
        return found[email]

    async def reaching(self, partner_id: str | None) -> list[UserView]:
        found = [self.views[email] for email in sorted(self.views)]
        return [one for one in found if partner_id is None or partner_id in one.roles]

    async def revoke(
        self, email: str, partner_id: str | None, by: Actor, expected_version: int | None = None
    ) -> UserView:
        await self.get(email, partner_id)
        self._check(email, expected_version)
        return self.views.pop(email)


class FakeAccess:
    """Nobody gave or took anything."""

    async def page(self, query: ListDecisions) -> Decisions:
        return Decisions(entries=())


class FakeAnswers:
    """Answers in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    async def claim(self, name: str, fingerprint: str) -> Kept | None:
        if name in self.kept:
            return self.kept[name]
        self.kept[name] = Kept(fingerprint)
        return None

    async def keep(self, name: str, kept: Kept) -> None:
        self.kept[name] = kept

    async def forget(self, name: str) -> None:
        self.kept.pop(name, None)


class FakeProvider:
    """Answers for whom it is told to."""

    name = "Contoso"

    def __init__(self) -> None:
        self.answer: Identity | ProblemError | None = None

    async def begin(self, request: Request, back_to: str) -> Response:
        return RedirectResponse(f"https://login.example/?back_to={back_to}")

    async def finish(self, request: Request) -> Identity:
        assert self.answer is not None
        if isinstance(self.answer, ProblemError):
            raise self.answer
        return self.answer


class FakeConsents:
    """Begun consents in memory, told apart as the store does."""

    def __init__(self) -> None:
        self.begun: dict[str, tuple[str, Begun]] = {}

    async def begin(self, session: str, begun: Begun) -> str:
        state = f"state-{len(self.begun)}"
        self.begun[state] = (session, begun)
        return state

    async def take(self, session: str, state: str) -> Begun:
        owner, begun = self.begun.get(state, ("", None))
        if begun is None or owner != session:
            raise refused("It is not known, or not yours.")
        del self.begun[state]
        return begun


class FakeSessions:
    """Sessions in memory."""

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}

    async def begin(self, holder: str) -> str:
        cookie = f"cookie-{len(self.holders)}"
        self.holders[cookie] = holder
        return cookie

    async def find(self, cookie: str) -> str | None:
        return self.holders.get(cookie)

    async def end(self, cookie: str) -> None:
        self.holders.pop(cookie, None)


def _reaches(actor: Actor, partner_id: str | None) -> bool:
    return partner_id is None or partner_id in actor.roles


def _view(actor: Actor) -> TokenView:
    return TokenView(
        token_id=actor.token_id,
        name=actor.name,
        roles=dict(actor.roles),
        operator=actor.is_operator,
        created_at=NOW,
        created_by="somebody",
    )


def settings(bootstrap: Path | None = None, **extra: Any) -> Settings:
    return Settings.model_validate(
        {
            "nats_url": "nats://127.0.0.1:1",
            "nats_user": "portal",
            "nats_password": "-",
            "mongo_url": "mongodb://127.0.0.1:1",
            "mongo_database": "syncline_portal",
            "portal_bootstrap_token_file": bootstrap,
            "portal_heartbeat_s": 0.05,
            **extra,
        }
    )


class FakePortal:
    """A portal over fakes."""

    def __init__(self, chosen: Settings) -> None:
        self.bus = FakeBus()
        self.standing = FakeStanding()
        self.tokens = FakeTokens()
        self.users = FakeUsers()
        self.answers = FakeAnswers()
        self.provider = FakeProvider()
        self.sessions = FakeSessions()
        self.consents = FakeConsents()
        self.clock = FixedClock(NOW)
        self.streams = EventStreams(chosen.portal_event_streams)
        self.portal = Portal(
            bus=self.bus,
            standing=self.standing,
            letters=FakeLetters(),
            tokens=self.tokens,
            users=self.users,
            access=FakeAccess(),
            answers=self.answers,
            provider=self.provider if chosen.portal_oidc_issuer else None,
            sessions=self.sessions,
            consents=self.consents,
            settings=chosen,
            clock=self.clock,
            streams=self.streams,
            throttle=Throttle(chosen.portal_token_failures, chosen.portal_token_window_s),
        )


def fact(event: Event, source: str = "mapping") -> RawBatch:
    """An event as it comes from the bus."""
    headers = Headers.about(event, source=source)
    return RawBatch(event.subject(), headers, event.model_dump_json().encode())
