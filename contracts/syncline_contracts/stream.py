"""Streams, durables and buckets: declared here, created by the provisioning command only."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from syncline_contracts import subjects
from syncline_contracts.catalog import COMMANDS, EVENTS, LINES, SERVICES
from syncline_contracts.ingest_query import UPLOADS_BUCKET
from syncline_contracts.presence import FORGOTTEN_AFTER, SERVICES_BUCKET
from syncline_contracts.subjects import Lane

LANES: tuple[Lane, ...] = ("small", "bulk")
THIRTEEN_MONTHS = timedelta(days=400)
CONNECTORS_BUCKET = "connectors"
"""KV bucket in which each connector announces its manifest."""
UPLOADS_TTL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream."""

    name: str
    subject: str
    retention: Literal["limits", "workqueue"]
    max_age: timedelta | None
    compressed: bool = False
    duplicate_window: timedelta = timedelta(minutes=10)


EVENTS_STREAM = Stream("EVENTS", subjects.EVENTS, "limits", THIRTEEN_MONTHS)
LINES_PUBLISHED = Stream(
    "LINES_PUBLISHED", subjects.LINES_PUBLISHED, "limits", THIRTEEN_MONTHS, compressed=True
)
LINES_PRICED = Stream(
    "LINES_PRICED", subjects.LINES_PRICED, "limits", timedelta(days=7), compressed=True
)
COMMANDS_STREAM = Stream("COMMANDS", subjects.COMMANDS, "workqueue", None)
DEADLETTERS = Stream("DEADLETTERS", subjects.DEADLETTERS, "limits", THIRTEEN_MONTHS)
STREAMS = (EVENTS_STREAM, LINES_PUBLISHED, LINES_PRICED, COMMANDS_STREAM, DEADLETTERS)


@dataclass(frozen=True, slots=True)
class Durable:
    """A durable pull consumer of one service."""

    name: str
    service: str
    stream: str
    filters: tuple[str, ...]
    ack_wait: timedelta = timedelta(seconds=30)
    max_ack_pending: int = 256


def durables() -> tuple[Durable, ...]:
    """Every durable, worked out from who consumes what."""
    found: list[Durable] = []
    for service in SERVICES:
        if service == "portal":  # live views use ephemeral ordered consumers
            continue
        events = tuple(subjects.event(e.type_name) for e in EVENTS if service in e.consumers)
        if events:
            found.append(Durable(f"{service}-events", service, "EVENTS", events))
        if any(service in command.consumers for command in COMMANDS):
            found.append(
                Durable(
                    f"{service}-commands", service, "COMMANDS", (f"syncline.cmd.{service}.*.*.*",)
                )
            )
        for batch in LINES:
            if service in batch.consumers:
                stream = LINES_PUBLISHED if "published" in batch.type_name else LINES_PRICED
                found.extend(
                    Durable(
                        f"{service}-{lane}",
                        service,
                        stream.name,
                        (subjects.lines(batch.type_name, lane),),
                    )
                    for lane in LANES
                )
    return tuple(found)


DURABLES = durables()


def durable(service: str, purpose: str) -> Durable:
    """The durable of a service for `events`, `commands`, or a lane. Raises `KeyError`."""
    for one in DURABLES:
        if one.name == f"{service}-{purpose}":
            return one
    raise KeyError(f"{service} consumes no {purpose}")


BUCKETS: dict[str, timedelta | None] = {
    CONNECTORS_BUCKET: None,
    SERVICES_BUCKET: FORGOTTEN_AFTER,
}
"""KV buckets, and after how long they forget a value."""
OBJECT_STORES = (UPLOADS_BUCKET,)
