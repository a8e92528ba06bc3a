"""A dead letter, handled once more where it failed: by nobody else, and once."""

from collections.abc import Awaitable, Callable

import structlog
from syncline_contracts.dead_letter import original_headers
from syncline_contracts.message import Headers
from syncline_contracts.replay import ReplayDeadLetter, Replayed

from syncline_chassis.dead_letters import DeadLetters
from syncline_chassis.errors import (
    InvalidMessageError,
    NotFoundError,
    ProblemError,
    SynclineError,
)
from syncline_chassis.unit_of_work import UnitOfWork

Handle = Callable[[str, Headers, bytes], Awaitable[None]]


class Replay:
    """Answers `ReplayDeadLetter`."""

    def __init__(self, letters: DeadLetters, handle: Handle) -> None:
        self._letters = letters
        self._handle = handle

    async def answer(self, query: ReplayDeadLetter, uow: UnitOfWork) -> Replayed:
        """Handle it, then take it away; killed in between, it is handled twice as if once.

        Raises `ProblemError` 422 with the error where it fails again; the letter stays then.
        """
        stored = await self._letters.stored(query.letter_id)
        if stored is None:
            raise NotFoundError(f"There is no dead letter {query.letter_id}.")
        subject, wire = original_headers(stored.headers)
        try:
            headers = Headers.parse(wire)
            await self._handle(subject, headers, stored.data)
        except ValueError as error:
            raise _again(InvalidMessageError(f"Not a CloudEvent: {error}.")) from error
        except SynclineError as error:
            raise _again(error) from error
        await self._letters.remove(query.letter_id)
        structlog.get_logger().info(
            "dead letter replayed", letter=query.letter_id, type=headers.type, actor=query.actor
        )
        return Replayed(letter_id=query.letter_id)


def _again(error: Exception) -> ProblemError:
    return ProblemError(422, "failed_again", "It failed again", f"It stays a dead letter: {error}")
