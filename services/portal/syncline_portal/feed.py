"""A partner's events as a page shows them: filtered, the newest first, and never too many."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from syncline_chassis.bus import RawBatch

from syncline_portal.look.money import shown

KEPT = 200
LARGEST = 256 * 1024
"""Bytes of an event that are shown whole."""
_NAMES = (
    "invoice_no",
    "document_name",
    "tenant_name",
    "tenant_id",
    "status",
    "week",
    "what",
    "message",
)
_SUMS = ("cost", "sell", "total")


@dataclass(frozen=True, slots=True)
class Fact:
    """One event, for people."""

    id: str
    type: str
    time: datetime
    subject: str
    correlation_id: str
    about: str
    text: str
    """Its JSON; of a very large one the beginning."""


@dataclass(slots=True)
class Feed:
    """The newest events that fit the filters; an event that is told again is there once."""

    types: frozenset[str] = frozenset()
    text: str = ""
    _facts: deque[Fact] = field(default_factory=lambda: deque(maxlen=KEPT))
    _ids: set[str] = field(default_factory=set)
    last: datetime | None = None
    """When the newest that was seen, fitting or not, was said."""

    def take(self, raw: RawBatch) -> bool:
        """Keep an event that fits; whether it was kept."""
        headers = raw.headers
        self.last = max(self.last or headers.time, headers.time)
        if (self.types and headers.type not in self.types) or headers.id in self._ids:
            return False
        fact = to_fact(raw)
        if self.text and self.text.casefold() not in f"{fact.subject} {fact.text}".casefold():
            return False
        if len(self._facts) == KEPT:
            self._ids.discard(self._facts[0].id)
        self._facts.append(fact)
        self._ids.add(fact.id)
        return True

    def newest(self) -> list[Fact]:
        """What is kept, the newest first."""
        return list(reversed(self._facts))

    def find(self, event_id: str) -> Fact | None:
        """One that is still kept."""
        return next((fact for fact in self._facts if fact.id == event_id), None)


def to_fact(raw: RawBatch) -> Fact:
    """An event with what matters of it in words."""
    headers = raw.headers
    data: dict[str, Any] = orjson.loads(raw.data)
    text = orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()
    if len(text) > LARGEST:
        text = f"{text[:LARGEST]}\n... and {len(text) - LARGEST:,} characters more"
    return Fact(
        id=headers.id,
        type=headers.type,
        time=headers.time,
        subject=raw.subject,
        correlation_id=headers.correlation_id,
        about=_about(data),
        text=text,
    )


def _about(data: dict[str, Any]) -> str:
    told = [str(data[name]) for name in _NAMES if data.get(name)]
    told += [f"{name} {shown(data[name])}" for name in _SUMS if data.get(name)]
    told += [str(hold["code"]).replace("_", " ") for hold in data.get("holds", ())]
    told += [f"by {data['actor']}"] if data.get("actor") else []
    return ", ".join(told)
