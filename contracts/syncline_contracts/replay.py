"""A dead letter handed once more to the service that could not handle it."""

from syncline_contracts.message import CONNECTORS, Model
from syncline_contracts.query import Query


class Replayed(Model):
    """It was handled, and is no dead letter any more."""

    letter_id: int


class ReplayDeadLetter(Query[Replayed]):
    """Handle it again, there and nowhere else; asked of the service that the letter names.

    Not an `Edit`: it repeats what was said, in the handler's own transaction.
    """

    services = ("ingest", "pricing", "mapping", *CONNECTORS)
    name = "replay_dead_letter"

    letter_id: int
    actor: str
