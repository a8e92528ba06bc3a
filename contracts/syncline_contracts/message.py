"""Base of every message, and its CloudEvents headers (binary mode)."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from syncline_contracts import subjects
from syncline_contracts.identity import PartnerId, new_id

Kind = Literal["event", "command", "lines"]

CONNECTORS = ("connectwise", "autotask", "xero")
"""Services that speak to a PSA. `producers = CONNECTORS` means: whichever serves the partner."""

SPAN: ContextVar[str] = ContextVar("span", default="")
"""W3C traceparent of the span under way; empty where none is recorded."""
_TRACEPARENT = re.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE = len("00-") + 32


class Model(BaseModel):
    """Part of a message: frozen; unknown fields of a newer producer are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Model):
    """What one service tells another: a fact, a command or a batch of lines."""

    kind: ClassVar[Kind]
    type_name: ClassVar[str]
    """Such as `tenant.synced.v1`; also the schema's file name."""
    producers: ClassVar[tuple[str, ...]]
    consumers: ClassVar[tuple[str, ...]]

    partner_id: PartnerId

    def subject(self) -> str:
        """Subject on which this message travels."""
        raise NotImplementedError

    def natural_id(self) -> str | None:
        """Deterministic message id, where the message has a natural key."""
        return None


class Event(Message):
    """A fact, in the past tense; whoever cares may listen."""

    kind: ClassVar[Kind] = "event"

    def event_key(self) -> str:
        """Hashed key of what the fact tells about."""
        raise NotImplementedError

    def subject(self) -> str:
        """See `Message.subject`."""
        return subjects.event(self.type_name, self.partner_id, self.event_key())


class Command(Message):
    """An imperative with exactly one consumer at a time: `service` says which."""

    kind: ClassVar[Kind] = "command"

    def target(self) -> str:
        """Service that carries the command out."""
        return self.consumers[0]

    def subject(self) -> str:
        """See `Message.subject`."""
        return subjects.command(self.target(), self.type_name, self.partner_id)


@dataclass(frozen=True, slots=True)
class Headers:
    """What stands around a message: CloudEvents attributes, correlation, trace."""

    type: str
    source: str
    subject: str
    id: str = field(default_factory=new_id)
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    correlation_id: str = ""
    traceparent: str = ""

    @classmethod
    def about(
        cls, message: Message, *, source: str, cause: "Headers | None" = None, trace: str = ""
    ) -> Self:
        """Headers for a message that `source` says, perhaps caused by another one.

        `trace` is the traceparent to go on from where that is not the cause's.
        """
        message_id = message.natural_id() or new_id()
        return cls(
            type=message.type_name,
            source=source,
            subject=message.subject(),
            id=message_id,
            correlation_id=cause.correlation_id if cause else message_id,
            traceparent=_continued(trace or (cause.traceparent if cause else "")),
        )

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> Self:
        """Read headers. Raises `ValueError` that names what is missing or malformed."""
        low = {name.lower(): value for name, value in headers.items()}
        missing = [
            name for name in ("ce-id", "ce-type", "ce-source", "ce-time") if not low.get(name)
        ]
        if missing:
            raise ValueError(f"header {', '.join(missing)} is missing")
        if low.get("ce-specversion", "1.0") != "1.0":
            raise ValueError(f"ce-specversion {low['ce-specversion']!r} is not 1.0")
        return cls(
            type=low["ce-type"],
            source=low["ce-source"],
            subject=low.get("ce-subject", ""),
            id=low["ce-id"],
            time=datetime.fromisoformat(low["ce-time"]),
            correlation_id=low.get("syncline-correlation-id", low["ce-id"]),
            traceparent=low.get("traceparent", ""),
        )

    def to_wire(self) -> dict[str, str]:
        """Write headers; `Nats-Msg-Id` is added by whoever publishes for the first time."""
        return {
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-time": self.time.isoformat(),
            "ce-subject": self.subject,
            "content-type": "application/json",
            "syncline-correlation-id": self.correlation_id,
            "traceparent": self.traceparent,
        }


def is_sampled(traceparent: str) -> bool:
    """Whether somebody recorded this span."""
    return bool(_TRACEPARENT.fullmatch(traceparent)) and int(traceparent[-2:], 16) % 2 == 1


def _continued(parent: str) -> str:
    """Trace context of what is said now.

    That is the span under way, if it is of the same trace; who records none hands on what came.
    A trace that nobody recorded yet says so in its flags: it has no span to be the parent of any.
    """
    here = SPAN.get()
    if here and (not is_sampled(parent) or here[:_TRACE] == parent[:_TRACE]):
        return here
    if _TRACEPARENT.fullmatch(parent):
        return parent
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
