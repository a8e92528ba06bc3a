"""Messages that could not be handled: nothing of them is lost, and each says why."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from syncline_chassis.errors import NotFoundError, UnprocessableError
from syncline_contracts.dead_letter import DeadLetter
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.replay import ReplayDeadLetter, Replayed

from syncline_portal.guard import Call, TheCall, may, router

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


@routes.post("/dead-letters/{letter_id}/replay", openapi_extra=may("operator"))
async def replay_dead_letter(call: TheCall, letter_id: int) -> Replayed:
    """Hand it to the service that could not handle it, once more; handled, it goes from here."""
    letter = await _letter(call, letter_id)
    if letter.service not in ReplayDeadLetter.services:
        raise UnprocessableError(f"{letter.service!r} handles no messages that could be replayed.")
    query = ReplayDeadLetter(partner_id=EVERY_PARTNER, letter_id=letter_id, actor=call.actor.label)
    return await call.ask(query, service=letter.service, timeout_s=30.0)


async def _letter(call: Call, letter_id: int) -> DeadLetter:
    found = await call.portal.letters.get(letter_id)
    if found is None:
        raise NotFoundError(f"There is no dead letter {letter_id}.")
    return found
