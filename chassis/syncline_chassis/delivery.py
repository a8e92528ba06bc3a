"""Errors -> ack, delayed nak or dead letter: here and nowhere else."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from syncline_contracts import subjects
from syncline_contracts.dead_letter import wire_of
from syncline_contracts.identity import deterministic_id
from syncline_contracts.message import Headers

from syncline_chassis.bus import BUS_ERRORS, Bus
from syncline_chassis.errors import (
    DisabledError,
    InvalidMessageError,
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    TransientError,
    UnknownOutcomeError,
    UnknownTypeError,
)
from syncline_chassis.metrics import Metrics
from syncline_chassis.mongo import is_passing
from syncline_chassis.settings import ServiceSettings

MAX_DELAY_S = 60.0
PARKED_DELAY_S = 60.0
Handle = Callable[[Headers, int], Awaitable[None]]


class Delivery:
    """Runs a handler on a JetStream message and decides what becomes of the message."""

    def __init__(self, bus: Bus, settings: ServiceSettings, metrics: Metrics) -> None:
        self._bus = bus
        self._settings = settings
        self._metrics = metrics
        self._laid_down: deque[float] = deque()

    async def run(self, message: Any, handle: Handle) -> None:
        """Handle one nats message; never raises but when it is cancelled."""
        attempt = int(message.metadata.num_delivered or 1)
        wire = message.headers or {}
        kind = wire.get("ce-type", "unknown")
        log = structlog.get_logger().bind(
            type=kind,
            id=wire.get("ce-id"),
            correlation=wire.get("syncline-correlation-id"),
            subject=message.subject,
            attempt=attempt,
        )
        started = time.perf_counter()
        outcome = "acked"
        try:
            await handle(_parse(wire), attempt)
            await message.ack()
        except Exception as error:  # noqa: BLE001 - the one place that sorts every error
            outcome = await self._settle(message, error, attempt, log)
        self._metrics.handled.labels(self._metrics.service, kind, outcome).inc()
        self._metrics.handling_seconds.labels(self._metrics.service, kind).observe(
            time.perf_counter() - started
        )

    async def _settle(self, message: Any, error: Exception, attempt: int, log: Any) -> str:
        delay = self._delay_s(error, attempt)
        if delay is not None:
            log.warning("will be tried again", error=str(error) or repr(error), delay_s=delay)
            await self._nak(message, delay)
            return "retried"
        if self._too_many():
            log.error("too many dead letters within a minute: consuming pauses", error=str(error))
            await self._nak(message, MAX_DELAY_S)
            return "paused"
        try:
            await self._lay_down(message, error, attempt)
        except TransientError as trouble:
            log.warning("no dead letter could be laid down", error=str(trouble))
            await self._nak(message, MAX_DELAY_S)
            return "retried"
        log.error("dead letter", error=str(error) or repr(error), kind=type(error).__name__)
        return "dead_letter"

    def _delay_s(self, error: Exception, attempt: int) -> float | None:
        """Seconds until the next attempt; None for a dead letter."""
        backoff = min(self._settings.retry_delay_s * 2.0 ** min(attempt - 1, 10), MAX_DELAY_S)
        match error:
            case RateLimitedError():
                return max(error.retry_after_s, self._settings.retry_delay_s)
            case TransientError() | UnknownOutcomeError() | TimeoutError():
                return backoff
            case ReauthRequiredError() | DisabledError():
                return PARKED_DELAY_S
            case InvalidMessageError() | RejectedError():
                return None
            case UnknownTypeError():
                return None if attempt >= self._settings.max_attempts else backoff
            case _ if isinstance(error, BUS_ERRORS) or is_passing(error):
                return backoff
            case _:
                if attempt == 1:
                    structlog.get_logger().exception("handler failed", exc_info=error)
                return None if attempt >= self._settings.max_attempts else backoff

    def _too_many(self) -> bool:
        now = time.monotonic()
        while self._laid_down and now - self._laid_down[0] > MAX_DELAY_S:
            self._laid_down.popleft()
        if len(self._laid_down) >= self._settings.deadletter_limit:
            return True
        self._laid_down.append(now)  # before any await: many are handled side by side
        return False

    async def _lay_down(self, message: Any, error: Exception, attempt: int) -> None:
        wire = dict(message.headers or {})
        kind = wire.get("ce-type", "unknown")
        letter = Headers(
            type=f"deadletter.{kind}",
            source=self._bus.service,
            subject=message.subject,
            # Laid down twice (killed before the term), it is one dead letter.
            id=deterministic_id(
                "dead",
                self._bus.service,
                message.metadata.stream,
                str(message.metadata.sequence.stream),
            ),
        )
        extra = wire_of(
            wire,
            stream=message.metadata.stream,
            subject=message.subject,
            attempts=attempt,
            error=error,
        )
        name = (
            "".join(c if c.isalnum() or c in ".-_" else "_" for c in kind).strip(".") or "unknown"
        )
        await self._bus.publish_raw(
            subjects.dead_letter(self._bus.service, name), message.data, letter, extra
        )
        await message.term()

    async def _nak(self, message: Any, delay_s: float) -> None:
        try:
            await message.nak(delay=delay_s)
        except BUS_ERRORS:  # the server delivers again after the ack wait
            structlog.get_logger().debug("nak was not sent", subject=message.subject)


def _parse(wire: dict[str, str]) -> Headers:
    try:
        return Headers.parse(wire)
    except ValueError as error:
        raise InvalidMessageError(f"Not a CloudEvent: {error}.") from error
