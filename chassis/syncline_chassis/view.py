"""A live view of a stream that outlives its consumer: it goes on behind the last message seen.

Not the client's own ordered consumer: made anew, that one asks for a start time and a sequence at
once, which the server refuses, and then hears nothing for good.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StatusCode

from syncline_chassis.errors import TransientError

HEARTBEAT_S = 1.0
SILENCE_S = 4 * HEARTBEAT_S
"""Without even a heartbeat the consumer is gone: it dies with its broker, or without us."""
AGAIN_S = 0.5
LAST_OF_CONSUMER = "Nats-Last-Consumer"
ERRORS = (nats.errors.Error, nats.js.errors.Error, OSError)


@dataclass(frozen=True, slots=True)
class View:
    """Messages of a stream on some subjects, from a moment on."""

    nc: Client
    js: JetStreamContext
    stream: str
    subject: str
    since: datetime

    async def messages(self) -> AsyncGenerator[Msg, None]:
        """Each once and in order. Raises `TransientError` where the first look already fails."""
        subscription = await self._look(0)
        seen, last = 0, 0  # numbers of the consumer's and of the stream's last message
        try:
            while True:
                message = await _next(subscription)
                if message is None or _misses(message, seen):
                    await _leave(subscription)
                    subscription, seen = await self._look_again(last), 0
                elif not _is_heartbeat(message):
                    seen, last = seen + 1, message.metadata.sequence.stream
                    yield message
        finally:
            await _leave(subscription)

    async def _look_again(self, last: int) -> Subscription:
        while True:
            try:
                return await self._look(last)
            except TransientError as error:
                structlog.get_logger().debug("a view waits for the bus", error=str(error))
                if self.nc.is_closed:
                    raise
                await asyncio.sleep(AGAIN_S)

    async def _look(self, last: int) -> Subscription:
        inbox = self.nc.new_inbox()
        config = ConsumerConfig(
            deliver_subject=inbox,
            filter_subject=self.subject,
            ack_policy=AckPolicy.NONE,
            idle_heartbeat=HEARTBEAT_S,
            mem_storage=True,
            num_replicas=1,
        )
        if last:
            config.deliver_policy, config.opt_start_seq = DeliverPolicy.BY_START_SEQUENCE, last + 1
        else:
            config.deliver_policy = DeliverPolicy.BY_START_TIME
            config.opt_start_time = self.since.isoformat()  # type: ignore[assignment]
        subscription = None
        try:
            subscription = await self.nc.subscribe(inbox)
            await self.js.add_consumer(self.stream, config=config)
        except ERRORS as error:
            await _leave(subscription)
            raise TransientError(f"The bus gave no view of {self.stream}: {error!r}.") from error
        return subscription


async def _next(subscription: Subscription) -> Msg | None:
    """None where nothing comes any more."""
    try:
        # Not the library's own timeout: it can lose a cancellation that comes together
        # with a message, and a view would then go on with nobody to look at it.
        async with asyncio.timeout(SILENCE_S):
            return await subscription.next_msg(timeout=None)
    except (TimeoutError, *ERRORS):
        return None


def _misses(message: Msg, seen: int) -> bool:
    """Whether something before it got lost on the way."""
    if _is_heartbeat(message):
        return int(_headers(message).get(LAST_OF_CONSUMER, seen)) != seen
    return message.metadata.sequence.consumer != seen + 1


def _is_heartbeat(message: Msg) -> bool:
    return _headers(message).get("Status") == StatusCode.CONTROL_MESSAGE


def _headers(message: Msg) -> dict[str, Any]:
    return message.headers or {}


async def _leave(subscription: Subscription | None) -> None:
    if subscription is not None:
        with contextlib.suppress(*ERRORS):
            await subscription.unsubscribe()
