"""The bus as services use it: publish, ask, replay, follow, buckets. NATS stays in here."""

import asyncio
import base64
import contextlib
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import nats.errors
import nats.js.errors
import orjson
from faststream import AckPolicy
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.js import JetStreamContext
from nats.js.api import AckPolicy as ConsumerAck
from nats.js.api import ConsumerConfig, DeliverPolicy
from pydantic import BaseModel
from syncline_contracts.message import SPAN, Headers, Message
from syncline_contracts.query import Query, Reply
from syncline_contracts.subjects import partner_of

from syncline_chassis.errors import InvalidMessageError, ProblemError, TransientError
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.tls import tls_of
from syncline_chassis.view import View

A = TypeVar("A", bound=BaseModel)
PUBLISH_TIMEOUT_S = 10.0
BUS_ERRORS = (nats.errors.Error, nats.js.errors.Error, OSError)


@dataclass(frozen=True, slots=True)
class RawBatch:
    """A line batch as it came, not parsed yet."""

    subject: str
    headers: Headers
    data: bytes
    attempt: int = 1

    @property
    def partner_id(self) -> str:
        """Partner of the subject: the only one whose data this may touch."""
        return partner_of(self.subject)


class PublishWindow:
    """Publishes without waiting for each ack; leaving the block waits for all of them.

    Raises `TransientError` when an ack does not come: publish all of it again, with the same ids.
    """

    def __init__(self, js: JetStreamContext, size: int) -> None:
        self._js = js
        self._size = size
        self._pending: deque[asyncio.Future[Any]] = deque()

    async def publish_raw(self, subject: str, data: bytes, headers: Headers) -> None:
        """Publish under `headers.id`; waits only while the window is full."""
        while len(self._pending) >= self._size:
            await self._settle(self._pending.popleft())
        try:
            future = await self._js.publish_async(
                subject,
                data,
                wait_stall=PUBLISH_TIMEOUT_S,
                headers={**headers.to_wire(), "Nats-Msg-Id": headers.id},
            )
        except BUS_ERRORS as error:
            raise TransientError(f"The bus took no message on {subject}: {error!r}.") from error
        self._pending.append(future)

    async def _settle(self, future: "asyncio.Future[Any]") -> None:
        try:
            await asyncio.wait_for(future, PUBLISH_TIMEOUT_S)
        except (TimeoutError, *BUS_ERRORS) as error:
            raise TransientError(f"The bus did not confirm a message: {error!r}.") from error

    async def flush(self) -> None:
        """Wait until everything so far is stored."""
        while self._pending:
            await self._settle(self._pending.popleft())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is None:
            await self.flush()
        for future in self._pending:
            future.cancel()
        self._pending.clear()


class Bus:
    """One connection of one service, under its own user and inbox prefix."""

    def __init__(
        self,
        service: str,
        settings: ServiceSettings,
        *,
        on_error: Callable[..., None] | None = None,
    ) -> None:
        self.service = service
        self.inbox_prefix = f"_INBOX_{service}"

        self.trouble = ""
        """The last error of the connection."""

        async def report(error: Exception) -> None:
            self.trouble = str(error) or repr(error)
            if on_error:
                on_error("bus trouble", error=repr(error))

        self.broker = NatsBroker(
            settings.nats_url,
            name=f"syncline-{service}",
            security=SASLPlaintext(
                username=settings.nats_user,
                password=settings.nats_password.get_secret_value(),
                ssl_context=tls_of(settings.nats_url, settings.nats_ca_file),
            ),
            inbox_prefix=self.inbox_prefix,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            allow_reconnect=True,
            error_cb=report,
            # An error must never ack or drop by itself: delivery.py decides.
            ack_policy=AckPolicy.MANUAL,
            graceful_timeout=settings.drain_timeout_s,
            logger=None,
            apply_types=True,
        )
        self._nc: Any = None
        self._js: JetStreamContext | None = None

    async def connect(self) -> None:
        """Connect; the subscribers start with `start`."""
        self._nc = await self.broker.connect()
        self._js = self._nc.jetstream(timeout=PUBLISH_TIMEOUT_S)

    async def start(self) -> None:
        """Start every subscriber; on return the server knows them all."""
        await self.broker.start()
        # A subscription is only sent when it is made: who asks now must not meet a server
        # that has not read it yet. Twice, as the client's ping goes out ahead of what it has not
        # written yet; before its answer comes that is written, and the second one is behind it.
        await self._nc.flush(PUBLISH_TIMEOUT_S)
        await self._nc.flush(PUBLISH_TIMEOUT_S)

    async def stop(self) -> None:
        """Let running handlers end, then disconnect."""
        await self.broker.stop()

    @property
    def connected(self) -> bool:
        """Whether the connection stands right now."""
        return self._nc is not None and bool(self._nc.is_connected)

    @property
    def js(self) -> JetStreamContext:
        """JetStream context; for provisioning and tests."""
        if self._js is None:
            raise TransientError("The bus is not connected yet.")
        return self._js

    async def publish(self, message: Message, cause: Headers | None = None) -> Headers:
        """Publish one message and wait until it is stored.

        Not for use beside a state change: `UnitOfWork.publish` is for that.
        """
        headers = Headers.about(message, source=self.service, cause=cause)
        await self.publish_raw(message.subject(), message.model_dump_json().encode(), headers)
        return headers

    async def publish_raw(
        self, subject: str, data: bytes, headers: Headers, extra: dict[str, str] | None = None
    ) -> None:
        """Publish stored bytes under `headers.id` and wait until they are stored."""
        wire = {**headers.to_wire(), "Nats-Msg-Id": headers.id, **(extra or {})}
        try:
            await self.js.publish(subject, data, timeout=PUBLISH_TIMEOUT_S, headers=wire)
        except BUS_ERRORS as error:
            raise TransientError(f"The bus took no message on {subject}: {error!r}.") from error

    def window(self, size: int = 256) -> PublishWindow:
        """A publish window; see there."""
        return PublishWindow(self.js, size)

    async def ask(
        self, query: Query[A], *, service: str | None = None, timeout_s: float = 10.0
    ) -> A:
        """Ask and wait for the answer. Raises `ProblemError`, 503 where nobody answers."""
        subject = query.subject(service)
        headers = Headers(
            type=query.name, source=self.service, subject=subject, traceparent=SPAN.get()
        )
        try:
            message = await self._nc.request(
                subject,
                query.model_dump_json().encode(),
                timeout=timeout_s,
                headers=headers.to_wire(),
            )
        except (nats.errors.NoRespondersError, nats.errors.TimeoutError, *BUS_ERRORS) as error:
            owner = service or query.services[0]
            raise ProblemError(
                503, "unavailable", "Not available", f"The {owner} service does not answer now."
            ) from error
        reply = Reply.model_validate_json(message.data)
        if reply.problem is not None:
            raise ProblemError.of(reply.problem)
        return query.answer_type().model_validate_json(orjson.dumps(reply.data))

    async def replay(self, stream: str, subject: str) -> AsyncIterator[RawBatch]:
        """Every message that is in the stream on that subject now, oldest first."""
        config = ConsumerConfig(
            filter_subject=subject,
            ack_policy=ConsumerAck.NONE,
            deliver_policy=DeliverPolicy.ALL,
            inactive_threshold=60,
            mem_storage=True,
            num_replicas=1,
        )
        try:
            info = await self.js.add_consumer(stream, config=config)
            subscription = await self.js.pull_subscribe_bind(consumer=info.name, stream=stream)
        except BUS_ERRORS as error:
            raise TransientError(f"The bus gave no view of {stream}: {error!r}.") from error
        left = info.num_pending or 0
        try:
            while left > 0:
                try:
                    messages = await subscription.fetch(batch=min(32, left), timeout=10)
                except (nats.errors.TimeoutError, *BUS_ERRORS) as error:
                    raise TransientError(f"A replay of {stream} broke off: {error!r}.") from error
                left -= len(messages)
                for message in messages:
                    yield RawBatch(message.subject, _headers(message.headers), message.data)
        finally:
            with contextlib.suppress(*BUS_ERRORS):
                await subscription.unsubscribe()

    async def follow(
        self, stream: str, subject: str, *, since: datetime
    ) -> AsyncGenerator[RawBatch, None]:
        """What came since then and comes from now on, in order, for as long as the caller listens.

        Outlives a restart of the broker. Raises `TransientError` where there is none at the start.
        """
        view = View(self._nc, self.js, stream, subject, since)
        async with contextlib.aclosing(view.messages()) as messages:
            async for message in messages:
                yield RawBatch(message.subject, _headers(message.headers), message.data)

    async def waiting(self, stream: str, durable: str) -> int:
        """How many messages wait for a durable or are in somebody's hand."""
        try:
            info = await self.js.consumer_info(stream, durable)
        except BUS_ERRORS as error:
            raise TransientError(f"The bus says nothing of {durable}: {error!r}.") from error
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def kv_put(self, bucket: str, key: str, data: bytes) -> None:
        """Set a value."""
        try:
            await (await self.js.key_value(bucket)).put(key, data)
        except BUS_ERRORS as error:
            raise TransientError(f"Bucket {bucket} took no value: {error!r}.") from error

    async def kv_delete(self, bucket: str, key: str) -> None:
        """Remove a value, if it is there."""
        try:
            await (await self.js.key_value(bucket)).delete(key)
        except BUS_ERRORS as error:
            raise TransientError(f"Bucket {bucket} kept a value: {error!r}.") from error

    async def kv_all(self, bucket: str) -> dict[str, bytes]:
        """Every value of a bucket.

        Without a consumer, as the client's `keys` has: one that may make consumers on a bucket in
        which it writes has the broker publish what it likes wherever it likes.
        """
        stream, prefix, found = f"KV_{bucket}", f"$KV.{bucket}.", dict[str, bytes]()
        try:
            info = await self.js.stream_info(stream, subjects_filter=f"{prefix}>")
            for subject in info.state.subjects or {}:
                with contextlib.suppress(nats.js.errors.NotFoundError):  # forgotten just then
                    value = await self.js.get_msg(stream, subject=subject)
                    if "KV-Operation" not in (value.headers or {}):  # it was not removed
                        found[subject.removeprefix(prefix)] = value.data or b""
        except BUS_ERRORS as error:
            raise TransientError(f"Bucket {bucket} does not answer: {error!r}.") from error
        return found

    async def object_put(self, bucket: str, name: str, chunks: AsyncIterator[bytes]) -> int:
        """Store an object; how many bytes it has.

        The chunks pass through a temporary file: the client reads from files only.
        """
        size = 0
        with tempfile.TemporaryFile() as spool:
            async for chunk in chunks:
                size += len(chunk)
                await asyncio.to_thread(spool.write, chunk)
            spool.seek(0)
            try:
                await (await self.js.object_store(bucket)).put(name, spool)
            except BUS_ERRORS as error:
                raise TransientError(f"Object store {bucket} took nothing: {error!r}.") from error
        return size

    async def object_get(self, bucket: str, name: str) -> AsyncIterator[bytes]:
        """Bytes of an object. Raises `FileNotFoundError`."""
        with tempfile.TemporaryFile() as spool:
            try:
                await (await self.js.object_store(bucket)).get(name, writeinto=spool)
            except nats.js.errors.NotFoundError:
                raise FileNotFoundError(name) from None
            except BUS_ERRORS as error:
                raise TransientError(f"Object store {bucket} gave nothing: {error!r}.") from error
            spool.seek(0)
            while chunk := await asyncio.to_thread(spool.read, 1024 * 1024):
                yield chunk

    async def object_delete(self, bucket: str, name: str) -> None:
        """Remove an object, if it is there.

        By purging alone: who reads objects writes none, not even the client's mark that one is
        gone; see `kv_all`.
        """
        stream, key = f"OBJ_{bucket}", base64.urlsafe_b64encode(name.encode()).decode()
        try:
            found = await (await self.js.object_store(bucket)).get_info(name)
            await self.js.purge_stream(stream, subject=f"$O.{bucket}.M.{key}")
            await self.js.purge_stream(stream, subject=f"$O.{bucket}.C.{found.nuid}")
        except nats.js.errors.NotFoundError:
            return
        except BUS_ERRORS as error:
            raise TransientError(f"Object store {bucket} kept {name}: {error!r}.") from error


def _headers(wire: dict[str, str] | None) -> Headers:
    try:
        return Headers.parse(wire or {})
    except ValueError as error:
        raise InvalidMessageError(f"Not a CloudEvent: {error}.") from error
