"""A message that could not be handled, kept as it came, with why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from syncline_contracts import subjects
from syncline_contracts.message import Model

ORIGINAL = "syncline-original-"
STREAM, SUBJECT, ATTEMPTS = "syncline-stream", "syncline-subject", "syncline-attempts"
ERROR_KIND, ERROR = "syncline-error-kind", "syncline-error"
MOST_TEXT = 2000
MOST_DIGITS = 9


class DeadLetter(Model):
    """One dead letter, as people see it."""

    letter_id: int
    """Its number in the stream of dead letters; a later one is higher."""
    at: datetime
    service: str
    """Who could not handle it."""
    type: str
    subject: str
    """Where it was published; its partner is part of that."""
    partner_id: str | None
    message_id: str
    correlation_id: str
    attempts: int
    error_kind: str
    error: str
    size: int
    """Bytes of the original message."""
    body: str | None = None
    """Only where one letter is asked for; what is no text is replaced."""

    @classmethod
    def of(
        cls,
        number: int,
        at: datetime,
        laid_down: str,
        headers: Mapping[str, str],
        data: bytes,
        *,
        whole: bool,
    ) -> Self:
        """Read a stored letter; one with headers missing or malformed is shown all the same.

        `laid_down` is the subject that it is stored under. Only that says whose it is: the broker
        checks who publishes there, and nobody checks the headers.
        """
        subject = headers.get(SUBJECT, "")
        return cls(
            letter_id=number,
            at=at,
            service=subjects.author_of(laid_down),
            type=headers.get(f"{ORIGINAL}ce-type", "unknown"),
            subject=subject,
            partner_id=_partner(subject),
            message_id=headers.get(f"{ORIGINAL}ce-id", ""),
            correlation_id=headers.get(f"{ORIGINAL}syncline-correlation-id", ""),
            attempts=_count(headers.get(ATTEMPTS, "")),
            error_kind=headers.get(ERROR_KIND, ""),
            error=headers.get(ERROR, ""),
            size=len(data),
            body=data.decode(errors="replace") if whole else None,
        )


def wire_of(
    original: Mapping[str, str], *, stream: str, subject: str, attempts: int, error: Exception
) -> dict[str, str]:
    """Headers that a dead letter has beside its own: the original's, and why."""
    return {
        **{f"{ORIGINAL}{name.lower()}": value for name, value in original.items()},
        STREAM: stream,
        SUBJECT: subject,
        ATTEMPTS: str(attempts),
        ERROR_KIND: type(error).__name__,
        ERROR: " ".join((str(error) or repr(error)).split())[:MOST_TEXT],
    }


def original_headers(wire: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Subject and headers that the message came with."""
    original = {
        name.removeprefix(ORIGINAL): value
        for name, value in wire.items()
        if name.startswith(ORIGINAL)
    }
    return wire.get(SUBJECT, ""), original


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0


def _partner(subject: str) -> str | None:
    try:
        return subjects.partner_of(subject)
    except ValueError:
        return None
