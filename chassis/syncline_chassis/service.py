"""A service: handlers on the bus, workers, health, one start and one drained stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, PullSub
from faststream.nats.annotations import NatsMessage
from pydantic import BaseModel, ValidationError
from syncline_contracts import stream as streams
from syncline_contracts import subjects
from syncline_contracts.catalog import BY_TYPE, COMMANDS, EVENTS, LINES, QUERIES
from syncline_contracts.identity import EVERY_PARTNER, new_id
from syncline_contracts.line import LineBatchHead
from syncline_contracts.message import Command, Event, Headers, Message
from syncline_contracts.presence import SAID_EVERY
from syncline_contracts.query import Query

from syncline_chassis import audit, backlog, settling
from syncline_chassis import log as logs
from syncline_chassis.address import check_subject
from syncline_chassis.answer import problem_of, reply_problem, reply_with
from syncline_chassis.backlog import Backlog
from syncline_chassis.bulk import check_partner
from syncline_chassis.bus import BUS_ERRORS, Bus, RawBatch
from syncline_chassis.clock import Clock, SystemClock
from syncline_chassis.dead_letters import DeadLetters
from syncline_chassis.delivery import Delivery
from syncline_chassis.errors import (
    InvalidMessageError,
    ProblemError,
    SynclineError,
    UnknownTypeError,
)
from syncline_chassis.health import HttpServer
from syncline_chassis.metrics import Metrics
from syncline_chassis.mongo import Database, Index, MongoError
from syncline_chassis.outbox import relay
from syncline_chassis.presence import Here
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.startup import check_database, check_provisioned, connect_bus
from syncline_chassis.traces import Traces
from syncline_chassis.unit_of_work import INDEXES, UnitOfWork
from syncline_chassis.worker import Worker

M = TypeVar("M", bound=Message)
T = TypeVar("T")
RELAY_WORKER = "outbox-relay"
QUERY_WORKERS = 16


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """A message with what stood around it."""

    body: M
    headers: Headers
    attempt: int


MessageHandler = Callable[[Received[Any], UnitOfWork], Awaitable[None]]
LinesHandler = Callable[[RawBatch], Awaitable[None]]
QueryHandler = Callable[[Any, UnitOfWork], Awaitable[BaseModel]]
Beside = Callable[[UnitOfWork], Awaitable[None]]


class Service:
    """One process of one service. Fill the tables, then `run`."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        indexes: Sequence[Index] = (),
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock or SystemClock()
        logs.configure(name, settings.log_level, settings.log_file)
        self.log = structlog.get_logger()
        self.metrics = Metrics(name)
        self.mongo = Database(settings.mongo_url.get_secret_value(), settings.mongo_database)
        self.bus = Bus(name, settings, on_error=self.log.warning)
        self.events: dict[type[Event], MessageHandler] = {}
        self.commands: dict[type[Command], MessageHandler] = {}
        self.lines: dict[type[LineBatchHead], LinesHandler] = {}
        self.queries: dict[type[Query[Any]], QueryHandler] = {}
        self.on_start: list[Callable[[], Awaitable[None]]] = []
        self.on_stop: list[Callable[[], Awaitable[None]]] = []
        self._indexes = (*INDEXES, *audit.INDEXES, *indexes)
        self._workers: dict[str, Worker] = {}
        self._delivery = Delivery(self.bus, settings, self.metrics)
        self._http = HttpServer(settings, self.metrics, self._ready)
        self._started = False
        self._editing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._here = Here(name, self.bus, self.clock)
        self.traces = Traces(name, settings.traces_url, self._here.instance)
        self.worker(RELAY_WORKER, self._relay, every_s=1.0)
        self.worker("backlog", Backlog(self.bus, self.metrics).look, every_s=backlog.EVERY_S)
        self.worker("presence", self._here.say, every_s=SAID_EVERY.total_seconds())
        self.queries.update(settling.queries(self, DeadLetters(self.bus)))

    # -- what a service is made of ---------------------------------------------------------

    def worker(
        self, name: str, run: Callable[[], Awaitable[None]], *, every_s: float, concurrency: int = 1
    ) -> None:
        """Call `run` again and again: at once after `wake(name)`, else every `every_s` seconds.

        An error is logged and backed off; it never ends the worker.
        """
        self._workers[name] = Worker(name, run, every_s, concurrency, self.metrics)

    def wake(self, name: str) -> None:
        """Have a worker look now."""
        self._workers[name].wake()

    def mount(self, app: Any) -> None:
        """Serve an ASGI application beside health and metrics."""
        self._http.mount(app)

    async def in_transaction(
        self, work: Callable[[UnitOfWork], Awaitable[T]], *, cause: Headers | None = None
    ) -> T:
        """Run `work` in one transaction, again when the database asks for that.

        So `work` changes nothing but through its unit of work.
        """
        wakes: set[str] = set()

        async def attempt(session: Any) -> T:
            unit = UnitOfWork(self.mongo, self.name, session, cause)
            result = await work(unit)
            wakes.clear()
            wakes.update(unit.wakes)
            if await unit.flush(self.clock.now(), new_id()):
                wakes.add(RELAY_WORKER)
            return result

        result = await self.mongo.in_transaction(attempt)
        for name in wakes:
            self.wake(name)
        return result

    def reading(self) -> UnitOfWork:
        """A unit of work that only reads."""
        return UnitOfWork(self.mongo, self.name)

    # -- handling --------------------------------------------------------------------------

    async def handle(
        self,
        subject: str,
        headers: Headers,
        data: bytes,
        attempt: int = 1,
        *,
        beside: Beside | None = None,
    ) -> None:
        """Hand a message to its handler; one that was handled before does nothing.

        `beside` is part of the same transaction, and has to bear being called again.
        Raises `UnknownTypeError`, `InvalidMessageError` where it breaks its contract, and what
        the handler raises.
        """
        model: Any = BY_TYPE.get(headers.type)
        if model is not None:
            check_subject(model, self.name, subject)
        if model in self.lines:
            await self.lines[model](RawBatch(subject, headers, data, attempt))
            if beside:
                await self.in_transaction(beside)
            return
        handler = self.events.get(model) or self.commands.get(model)
        if handler is None:
            raise UnknownTypeError(f"This {self.name} does not handle {headers.type!r}.")
        body = _validated(model, data)
        check_partner(body, subjects.partner_of(subject))
        consumer = f"{self.name}-{'events' if model in self.events else 'commands'}"

        async def work(unit: UnitOfWork) -> None:
            if await unit.first_time(consumer, headers.id, self.clock.now()):
                await handler(Received(body, headers, attempt), unit)
            if beside:
                await beside(unit)

        with structlog.contextvars.bound_contextvars(
            partner=body.partner_id, correlation=headers.correlation_id
        ):
            await self.in_transaction(work, cause=headers)

    async def _on_message(self, message: Any) -> None:
        async def handle(headers: Headers, attempt: int) -> None:
            with self.traces.handling(message.subject, headers, attempt):
                await self.handle(message.subject, headers, message.data, attempt)

        await self._delivery.run(message, handle)

    async def _on_query(self, model: type[Query[Any]], message: Any) -> None:
        outcome = "answered"
        try:
            with self.traces.answering(message.subject, model.name, message.headers or {}):
                answer = reply_with(await self._answer(model, message))
        except Exception as error:
            problem = problem_of(error)
            if problem.status == 500:
                self.log.exception("query failed", query=model.name, exc_info=error)
            outcome, answer = f"problem_{problem.status}", reply_problem(problem)
        self.metrics.queries.labels(self.name, model.name, outcome).inc()
        try:
            await message.respond(answer)
        except BUS_ERRORS:
            self.log.warning("an answer was not sent", query=model.name)

    async def _answer(self, model: type[Query[Any]], message: Any) -> BaseModel:
        query = model.model_validate_json(message.data)
        check_partner(query, message.subject.rsplit(".", 1)[1])
        handler = self.queries[model]
        if not model.changes:
            return await handler(query, self.reading())
        if query.partner_id == EVERY_PARTNER:
            raise ProblemError(422, "unprocessable", "Not valid", "An edit is about one partner.")
        # They write the same rows: at once, each would wear out the other's attempts.
        async with self._editing.setdefault(query.partner_id, asyncio.Lock()):
            return await self.in_transaction(lambda unit: handler(query, unit))

    async def _relay(self) -> None:
        while await relay(self.mongo, self.bus, self.metrics):
            pass

    # -- wiring ----------------------------------------------------------------------------

    def _check_against_catalogue(self) -> None:
        expected = {
            *(event for event in EVENTS if self.name in event.consumers),
            *(command for command in COMMANDS if self.name in command.consumers),
            *(batch for batch in LINES if self.name in batch.consumers),
            *(query for query in QUERIES if self.name in query.services),
        }
        handled = {*self.events, *self.commands, *self.lines, *self.queries}
        if self.name == "portal":  # its live views are ephemeral consumers
            expected = handled
        if expected != handled:
            missing = ", ".join(sorted(one.__name__ for one in expected - handled))
            extra = ", ".join(sorted(one.__name__ for one in handled - expected))
            raise SynclineError(
                f"{self.name} and the catalogue differ: not handled: {missing or 'nothing'}; "
                f"not in the catalogue: {extra or 'nothing'}."
            )

    def _subscribe(self) -> None:
        if self.events:
            self._pull("events", self._on_message)
        if self.commands:
            self._pull("commands", self._on_message)
        if self.lines:
            for lane in streams.LANES:
                self._pull(lane, self._on_message)
        for model in self.queries:
            subscriber = self.bus.broker.subscriber(
                subjects.query(self.name, model.name),
                queue=self.name,
                max_workers=QUERY_WORKERS,
                decoder=_undecoded,
                ack_policy=AckPolicy.MANUAL,
                no_reply=True,  # the answer is sent by `_on_query`, once
            )
            subscriber(_raw(partial(self._on_query, model)))

    def _pull(self, purpose: str, handle: Callable[[Any], Awaitable[None]]) -> None:
        durable = streams.durable(self.name, purpose)
        subscriber = self.bus.broker.subscriber(
            durable.filters[0],
            durable=durable.name,
            stream=JStream(durable.stream, declare=False),
            pull_sub=PullSub(
                batch_size=self.settings.fetch_batch, timeout=self.settings.fetch_wait_s
            ),
            # The broker's own prefix does not reach pull subscribers.
            inbox_prefix=f"{self.bus.inbox_prefix}.".encode(),
            decoder=_undecoded,
        )
        subscriber(_raw(handle))

    # -- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, make indexes, subscribe, start the workers. Raises `CannotStartError`."""
        self._check_against_catalogue()
        self._subscribe()
        await check_database(self.mongo, self.settings, self.clock)
        await self.mongo.ensure_indexes(self._indexes)
        await connect_bus(self.bus, self.settings)
        await check_provisioned(self.bus)
        await self._here.come()
        for step in self.on_start:
            await step()
        await self._http.start()
        await self.bus.start()
        for worker in self._workers.values():
            worker.start()
        self._started = True
        self.log.info("started", http_port=self._http.port)

    async def stop(self) -> None:
        """Drain: take nothing new, finish what runs, say what is said, disconnect."""
        self._started = False
        self.log.info("draining")
        try:
            async with asyncio.timeout(self.settings.drain_timeout_s):
                await self._http.stop()
                await self._stop_workers()
                for subscriber in self.bus.broker.subscribers:
                    await subscriber.stop()
                for step in self.on_stop:
                    await step()
                await relay(self.mongo, self.bus, self.metrics)
                await self._here.leave()
                await self.bus.stop()
                await self.traces.close()
        except (TimeoutError, SynclineError, MongoError, *BUS_ERRORS) as error:
            self.log.warning("stopped before all was drained; nothing is lost", error=repr(error))
        await self.mongo.close()
        self.log.info("stopped")

    async def _stop_workers(self) -> None:
        await asyncio.gather(*(worker.stop() for worker in self._workers.values()))

    async def _ready(self) -> str:
        """Why it is not ready; empty when it is."""
        if not self._started:
            return "starting or stopping"
        if not self.bus.connected:
            return "the bus is not connected"
        try:
            await asyncio.wait_for(self.mongo.ping(), 2.0)
        except (TimeoutError, MongoError):
            return "the database does not answer"
        return ""

    @property
    def http_port(self) -> int:
        """Port that health, metrics and the mounted application are served on."""
        return self._http.port


async def _undecoded(message: Any) -> Any:
    """Bodies are validated by their own model, once. A plain function would run in a thread."""
    return message.body


def _raw(handle: Callable[[Any], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def receive(message: NatsMessage) -> None:
        await handle(message.raw_message)

    return receive


def _validated(model: type[Message], data: bytes) -> Message:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidMessageError(f"{model.type_name}, at {place}: {first['msg']}.") from error
