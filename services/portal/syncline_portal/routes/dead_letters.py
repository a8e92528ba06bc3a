"""Messages that could not be handled: nothing of them is lost, and each says why."""

from typing import Annotated

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field
from syncline_chassis.errors import NotFoundError, UnprocessableError
from syncline_contracts.dead_letter import DeadLetter
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.replay import (
    OWNERS,
    DiscardDeadLetter,
    Discarded,
    ReplayDeadLetter,
    Replayed,
    Why,
)

from syncline_portal.guard import Call, TheCall, command, may, router

routes = router("dead letters")


class DeadLetters(BaseModel):
    """A page of dead letters, newest first."""

    model_config = ConfigDict(frozen=True)

    dead_letters: list[DeadLetter]
    next_before: int | None
    """Ask with `before` of this for older ones; null at the end."""


@routes.get("/dead-letters", openapi_extra=may("operator"))
async def list_dead_letters(
    call: TheCall,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> DeadLetters:
    """What no service could handle, of every partner; bodies are left out here."""
    found = await call.portal.letters.newest(limit=limit, before=before)
    more = found[-1].letter_id if len(found) == limit else None
    return DeadLetters(dead_letters=found, next_before=more)


@routes.get("/dead-letters/{letter_id}", openapi_extra=may("operator"))
async def get_dead_letter(call: TheCall, letter_id: int) -> DeadLetter:
    """One message as it came, with the error that it met."""
    return await _letter(call, letter_id)


class Replay(BaseModel):
    """How to replay: as it came, or with a corrected body."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body: str | None = None
    """The whole message, corrected; it becomes a message of its own, with another id."""
    why: Why = ""


class Discard(BaseModel):
    """Why nobody needs it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: Annotated[Why, Field(min_length=3)]


@routes.post("/dead-letters/{letter_id}/replay", openapi_extra=command("operator"))
async def replay_dead_letter(
    call: TheCall, letter_id: int, replay: Annotated[Replay | None, Body()] = None
) -> Replayed:
    """Hand it to the service that could not handle it, once more; handled, it goes from here."""
    wanted = replay or Replay()
    query = ReplayDeadLetter(
        partner_id=EVERY_PARTNER,
        letter_id=letter_id,
        actor=call.actor.label,
        body=wanted.body,
        why=wanted.why,
    )
    return await call.ask(query, service=await _owner(call, letter_id), timeout_s=30.0)


@routes.post("/dead-letters/{letter_id}/discard", openapi_extra=command("operator"))
async def discard_dead_letter(call: TheCall, letter_id: int, discard: Discard) -> Discarded:
    """Give it up, for a reason; the audit keeps the message."""
    query = DiscardDeadLetter(
        partner_id=EVERY_PARTNER, letter_id=letter_id, actor=call.actor.label, why=discard.why
    )
    return await call.ask(query, service=await _owner(call, letter_id))


async def _owner(call: Call, letter_id: int) -> str:
    letter = await _letter(call, letter_id)
    if letter.service not in OWNERS:
        raise UnprocessableError(f"{letter.service!r} is no service that settles dead letters.")
    return letter.service


async def _letter(call: Call, letter_id: int) -> DeadLetter:
    found = await call.portal.letters.get(letter_id)
    if found is None:
        raise NotFoundError(f"There is no dead letter {letter_id}.")
    return found
