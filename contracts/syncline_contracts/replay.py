"""What becomes of a dead letter: handled again, perhaps corrected, or discarded for a reason."""

from typing import Annotated

from pydantic import Field

from syncline_contracts.identity import deterministic_id
from syncline_contracts.message import CONNECTORS, Model
from syncline_contracts.query import Query

OWNERS = ("ingest", "pricing", "mapping", *CONNECTORS)
Why = Annotated[str, Field(max_length=500)]


def corrected_id(service: str, original_id: str, letter_id: int) -> str:
    """Message id of a letter's correction: not the original's, and only one of them is handled."""
    return deterministic_id("corrected", service, original_id, str(letter_id))


class Replayed(Model):
    """It was handled, and is no dead letter any more."""

    letter_id: int
    message_id: str | None = None
    """Of what was handled: the original's, or the correction's own."""


class ReplayDeadLetter(Query[Replayed]):
    """Handle it again, there and nowhere else; asked of the service that the letter names.

    Not an `Edit`: it repeats what was said, in the handler's own transaction.
    """

    services = OWNERS
    name = "replay_dead_letter"

    letter_id: int
    actor: str
    body: str | None = None
    """The corrected message, which has to keep its contract and partner; its id is another one."""
    why: Why = ""


class Discarded(Model):
    """It is no dead letter any more; the audit keeps it."""

    letter_id: int


class DiscardDeadLetter(Query[Discarded]):
    """Give it up, for a reason; asked of the service that the letter names."""

    services = OWNERS
    name = "discard_dead_letter"

    letter_id: int
    actor: str
    why: Annotated[Why, Field(min_length=3)]
