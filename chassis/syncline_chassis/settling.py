"""What becomes of a dead letter, where it failed: one thing, and the audit keeps it."""

import dataclasses
import hashlib
import json
from functools import partial
from typing import Any, Protocol

from syncline_contracts import subjects
from syncline_contracts.audit import ListDecisions
from syncline_contracts.dead_letter import DeadLetter, original_headers
from syncline_contracts.identity import EVERY_PARTNER, deterministic_id
from syncline_contracts.message import Headers
from syncline_contracts.query import Query
from syncline_contracts.replay import (
    OWNERS,
    DiscardDeadLetter,
    Discarded,
    ReplayDeadLetter,
    Replayed,
    corrected_id,
)
from syncline_contracts.stream import DURABLES

from syncline_chassis import audit
from syncline_chassis.clock import Clock
from syncline_chassis.dead_letters import DeadLetters, Stored, told_of
from syncline_chassis.errors import (
    ConflictError,
    InvalidMessageError,
    NotFoundError,
    ProblemError,
    SynclineError,
    UnprocessableError,
)
from syncline_chassis.unit_of_work import UnitOfWork

MOST_KEPT = 1024 * 1024
"""Bytes of a body that the audit keeps whole; of a larger one its beginning, size and hash."""
Wish = ReplayDeadLetter | DiscardDeadLetter


class Handling(Protocol):
    """The part of a service that is needed here."""

    name: str
    clock: Clock

    async def handle(
        self, subject: str, headers: Headers, data: bytes, *, beside: Any = None
    ) -> None:
        """See `Service.handle`."""
        ...

    async def in_transaction(self, work: Any) -> Any:
        """See `Service.in_transaction`."""
        ...


class _SettledError(ConflictError):
    """Something became of it already; only its end in the stream is missing."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Letter:
    number: int
    stored: Stored
    told: DeadLetter
    decision_id: str
    """One per letter: of all that are asked for, one thing becomes of it."""


class Settling:
    """Answers `ReplayDeadLetter` and `DiscardDeadLetter`.

    The audit entry is part of the transaction that handles the message, and there is one per
    letter: killed before the letter is taken away, it is found settled and is not handled again.
    """

    def __init__(self, service: Handling, letters: DeadLetters) -> None:
        self._service = service
        self._letters = letters

    async def replay(self, query: ReplayDeadLetter, uow: UnitOfWork) -> Replayed:
        """Handle it, perhaps corrected, then take it away.

        Raises `ProblemError`: 422 with the error where it fails again; the letter stays then.
        """
        letter = await self._letter(query.letter_id)
        self._refuse_unheard(letter)
        headers, data = self._message(letter, query.body)
        is_corrected = data is not letter.stored.data
        what = "was corrected and handled" if is_corrected else "was handled again"
        after = {"message_id": headers.id, "body": _kept(data)}
        try:
            await self._refuse_settled(letter, uow)
            await self._service.handle(
                letter.told.subject,
                headers,
                data,
                beside=partial(self._note, letter, query, what, after),
            )
        except _SettledError:
            await self._letters.remove(letter.number)
            raise
        except InvalidMessageError as error:
            if is_corrected:
                raise UnprocessableError(f"The correction is not valid: {error}", "body") from error
            raise _again(error) from error
        except SynclineError as error:
            raise _again(error) from error
        await self._letters.remove(letter.number)
        return Replayed(letter_id=letter.number, message_id=headers.id)

    async def discard(self, query: DiscardDeadLetter, uow: UnitOfWork) -> Discarded:
        """Keep it in the audit, with the reason, then take it away."""
        letter = await self._letter(query.letter_id)
        try:
            await self._service.in_transaction(
                partial(self._note, letter, query, "was discarded", None)
            )
        except _SettledError:
            await self._letters.remove(letter.number)
            raise
        await self._letters.remove(letter.number)
        return Discarded(letter_id=letter.number)

    async def _letter(self, number: int) -> _Letter:
        stored = await self._letters.stored(number)
        if stored is None:
            raise NotFoundError(f"There is no dead letter {number}.")
        told = told_of(number, stored, whole=False)
        if told.service != self._service.name:
            raise UnprocessableError(
                f"Dead letter {number} was laid down by {told.service}: {self._service.name} "
                "settles its own only."
            )
        # With the time: the numbers of a stream that was made anew begin again.
        decision_id = deterministic_id("letter", told.service, str(number), stored.at.isoformat())
        return _Letter(number, stored, told, decision_id)

    def _refuse_unheard(self, letter: _Letter) -> None:
        """Its headers say where it was published, and nobody checked them."""
        subject, service = letter.told.subject, self._service.name
        heard = [name for one in DURABLES if one.service == service for name in one.filters]
        if not any(subjects.matches(one, subject) for one in heard):
            raise UnprocessableError(
                f"{service} consumes nothing from {subject!r}, so this letter is not replayed; it "
                "can be discarded."
            )

    def _message(self, letter: _Letter, correction: str | None) -> tuple[Headers, bytes]:
        """What is to be handled: as it came, or another message with the corrected body."""
        _, wire = original_headers(letter.stored.headers)
        try:
            headers = Headers.parse(wire)
        except ValueError as error:
            raise _again(InvalidMessageError(f"Not a CloudEvent: {error}.")) from error
        if correction is None or correction.encode() == letter.stored.data:
            return headers, letter.stored.data
        identity = corrected_id(self._service.name, headers.id, letter.number)
        now = self._service.clock.now()
        return dataclasses.replace(headers, id=identity, time=now), correction.encode()

    async def _refuse_settled(self, letter: _Letter, uow: UnitOfWork) -> None:
        former = await audit.find(uow, letter.decision_id)
        if former is not None:
            raise _SettledError(f"{former['actor']} was here before: {former['what']}")

    async def _note(
        self,
        letter: _Letter,
        query: Wish,
        what: str,
        after: dict[str, Any] | None,
        uow: UnitOfWork,
    ) -> None:
        await self._refuse_settled(letter, uow)
        told = letter.told
        await audit.note(
            uow,
            told.partner_id or EVERY_PARTNER,
            self._service.clock.now(),
            actor=query.actor,
            what=f"Dead letter {letter.number} ({told.type}) {what}.",
            why=query.why,
            before={
                "message_id": told.message_id,
                "subject": told.subject,
                "attempts": told.attempts,
                "error": told.error,
                "body": _kept(letter.stored.data),
            },
            after=after,
            decision_id=letter.decision_id,
        )


def queries(service: Handling, letters: DeadLetters) -> dict[type[Query[Any]], Any]:
    """What each owner answers of its dead letters and its audit; nobody else has any."""
    if service.name not in OWNERS:
        return {}
    settling = Settling(service, letters)
    return {
        ReplayDeadLetter: settling.replay,
        DiscardDeadLetter: settling.discard,
        ListDecisions: audit.Audit(service.name).page,
    }


def _kept(data: bytes) -> Any:
    """As JSON where it is that, else as text."""
    text = data[:MOST_KEPT].decode(errors="replace")
    if len(data) > MOST_KEPT:
        return {
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "begins": text,
        }
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text


def _again(error: Exception) -> ProblemError:
    return ProblemError(422, "failed_again", "It failed again", f"It stays a dead letter: {error}")
