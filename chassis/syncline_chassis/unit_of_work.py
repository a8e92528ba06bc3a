"""One Mongo transaction: state, inbox mark and outbox, or nothing of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncline_contracts.message import Headers, Message
from syncline_contracts.stream import THIRTEEN_MONTHS

from syncline_chassis.mongo import Collection, Database, Index

INBOX = "inbox"
OUTBOX = "outbox"
INDEXES: Sequence[Index] = (
    # Inbox marks live as long as the stream whose messages they remember.
    Index(INBOX, (("at", 1),), expire_after_s=int(THIRTEEN_MONTHS.total_seconds())),
    Index(OUTBOX, (("order", 1),)),
)


class UnitOfWork:
    """What a handler changes and says; without a session it only reads."""

    def __init__(
        self, database: Database, source: str, session: Any = None, cause: Headers | None = None
    ) -> None:
        self._database = database
        self._session = session
        self._source = source
        self._said: list[dict[str, Any]] = []
        self.cause = cause
        self.trace = ""
        """Traceparent that what is said goes on from, where that is not the cause's."""
        self.wakes: set[str] = set()

    def collection(self, name: str) -> Collection:
        """A collection, bound to this transaction."""
        return self._database.collection(name, self._session)

    def publish(self, message: Message) -> Headers:
        """Say something, if and when this unit commits; a relay carries it to the bus."""
        if self._session is None:
            raise RuntimeError("a unit of work that only reads says nothing")
        headers = Headers.about(message, source=self._source, cause=self.cause, trace=self.trace)
        self._said.append(
            {
                "_id": headers.id,
                "subject": message.subject(),
                "headers": headers.to_wire(),
                "data": message.model_dump_json().encode(),
            }
        )
        return headers

    def wake(self, worker: str) -> None:
        """Have a worker of this service look, if and when this unit commits."""
        self.wakes.add(worker)

    async def first_time(self, consumer: str, message_id: str, now: datetime) -> bool:
        """Leave the inbox mark; False where the message was handled before."""
        mark = f"{consumer}/{message_id}"
        inbox = self.collection(INBOX)
        if await inbox.find_one({"_id": mark}) is not None:
            return False
        await inbox.insert_one({"_id": mark, "at": now})
        return True

    async def flush(self, now: datetime, order: str) -> int:
        """Write the outbox rows; how many. Called once, before the commit."""
        outbox = self.collection(OUTBOX)
        for number, row in enumerate(self._said):
            # A fact with a natural id that still waits in the outbox is not said twice.
            await outbox.update_one(
                {"_id": row["_id"]},
                {"$setOnInsert": {**row, "order": f"{order}/{number:06}", "at": now}},
                upsert=True,
            )
        return len(self._said)
