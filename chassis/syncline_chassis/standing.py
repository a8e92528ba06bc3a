"""What stands on the broker, beside what is declared in the contracts. It only looks."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError
from syncline_contracts.stream import DURABLES, STREAMS, Durable, Stream

from syncline_chassis.bus import BUS_ERRORS, Bus
from syncline_chassis.errors import TransientError
from syncline_chassis.provision import durable_config, stream_config

_OF_STREAM = ("subjects", "retention", "max_age", "duplicate_window", "storage", "compression")
_OF_DURABLE = ("filter_subjects", "ack_policy", "max_ack_pending", "max_deliver")
"""What provisioning may be told otherwise is left out: replicas, and the wait for an ack."""


@dataclass(frozen=True, slots=True)
class StandingStream:
    """A declared stream as it is."""

    declared: Stream
    is_there: bool
    differs: tuple[str, ...] = ()
    """Settings with another value than the declared one."""
    messages: int = 0


@dataclass(frozen=True, slots=True)
class StandingDurable:
    """A declared durable as it is."""

    declared: Durable
    is_there: bool
    differs: tuple[str, ...] = ()
    waiting: int = 0
    """Messages that nobody was given yet."""
    unacked: int = 0
    """Messages in somebody's hand."""
    redelivered: int = 0
    """Of those, how many not for the first time."""
    given_at: datetime | None = None
    """When a message was last given to somebody; None where none ever was."""
    acked_at: datetime | None = None
    paused_until: datetime | None = None
    """Nothing is given out before that; None where it is not paused."""


class Standing:
    """Looks at the broker. Raises `TransientError` where it does not answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def streams(self) -> list[StandingStream]:
        """Every declared stream."""
        return list(await asyncio.gather(*(self._stream(one) for one in STREAMS)))

    async def durables(self) -> list[StandingDurable]:
        """Every declared durable."""
        return list(await asyncio.gather(*(self._durable(one) for one in DURABLES)))

    async def _stream(self, declared: Stream) -> StandingStream:
        try:
            info = await self._bus.js.stream_info(declared.name)
        except NotFoundError:
            return StandingStream(declared, is_there=False)
        except BUS_ERRORS as error:
            raise TransientError(f"The bus says nothing of {declared.name}: {error!r}.") from error
        differs = _differing(stream_config(declared, 1), info.config, _OF_STREAM)
        return StandingStream(declared, True, differs, info.state.messages)

    async def _durable(self, declared: Durable) -> StandingDurable:
        try:
            info = await self._bus.js.consumer_info(declared.stream, declared.name)
        except NotFoundError:
            return StandingDurable(declared, is_there=False)
        except BUS_ERRORS as error:
            raise TransientError(f"The bus says nothing of {declared.name}: {error!r}.") from error
        if info.config.filter_subject:
            info.config.filter_subjects = [info.config.filter_subject]
        return StandingDurable(
            declared,
            is_there=True,
            differs=_differing(durable_config(declared, 0), info.config, _OF_DURABLE),
            waiting=info.num_pending or 0,
            unacked=info.num_ack_pending or 0,
            redelivered=info.num_redelivered or 0,
            given_at=info.delivered.last_active if info.delivered else None,
            acked_at=info.ack_floor.last_active if info.ack_floor else None,
            paused_until=_paused_until(info),
        )


def _paused_until(info: ConsumerInfo) -> datetime | None:
    until = info.config.pause_until
    return datetime.fromisoformat(until) if info.paused and until else None


def _differing(wanted: Any, found: Any, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        name for name in names if _plain(getattr(wanted, name)) != _plain(getattr(found, name))
    )


def _plain(value: Any) -> Any:
    """Comparable: the client gives enums or their text, and lists in any order."""
    return sorted(value) if isinstance(value, list) else getattr(value, "value", value) or 0
