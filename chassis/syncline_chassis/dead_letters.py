"""The stream of dead letters, read by number."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

import nats.js.errors
from syncline_contracts.dead_letter import DeadLetter
from syncline_contracts.stream import DEADLETTERS

from syncline_chassis.bus import BUS_ERRORS, Bus
from syncline_chassis.errors import TransientError


@dataclass(frozen=True, slots=True)
class Stored:
    """A dead letter as it lies in the stream."""

    at: datetime
    subject: str
    headers: dict[str, str]
    data: bytes


class DeadLetters:
    """Raises `TransientError` where the bus does not answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def newest(self, *, limit: int, before: int | None = None) -> list[DeadLetter]:
        """The newest, newest first, without bodies; `before` is exclusive."""
        try:
            state = (await self._bus.js.stream_info(DEADLETTERS.name)).state
        except BUS_ERRORS as error:
            raise _silent(error) from error
        number = min(before - 1 if before is not None else state.last_seq, state.last_seq)
        found: list[DeadLetter] = []
        while number >= max(state.first_seq, 1) and len(found) < limit:
            stored = await self.stored(number)
            if stored is not None:
                found.append(told_of(number, stored, whole=False))
            number -= 1
        return found

    async def get(self, number: int) -> DeadLetter | None:
        """One with its body; None where there is none of that number."""
        stored = await self.stored(number)
        return None if stored is None else told_of(number, stored, whole=True)

    async def stored(self, number: int) -> Stored | None:
        """One as it is stored."""
        try:
            found = await self._bus.js.get_msg(DEADLETTERS.name, number)
        except nats.js.errors.NotFoundError:
            return None
        except BUS_ERRORS as error:
            raise _silent(error) from error
        at = found.time or datetime.fromtimestamp(0, UTC)
        return Stored(at, found.subject or "", _headers(found.hdrs), found.data or b"")

    async def remove(self, number: int) -> None:
        """Take one away, once it has been handled; what is gone already stays gone."""
        try:
            await self._bus.js.delete_msg(DEADLETTERS.name, number)
        except nats.js.errors.NotFoundError:
            return
        except BUS_ERRORS as error:
            raise _silent(error) from error


def told_of(number: int, stored: Stored, *, whole: bool) -> DeadLetter:
    """A stored letter as people see it."""
    return DeadLetter.of(
        number, stored.at, stored.subject, stored.headers, stored.data, whole=whole
    )


def _headers(block: bytes | None) -> dict[str, str]:
    """Read here, as the client gives a value outside ASCII as an object that is no text."""
    lines = base64.b64decode(block or b"").decode(errors="replace").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _silent(error: Exception) -> TransientError:
    return TransientError(f"The dead letters do not answer: {error!r}.")
