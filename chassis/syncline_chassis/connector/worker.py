"""The worker: takes a lease, drains the jobs of a connection by verb, and lets go.

The lease is the partner's: two connections may open one system, and nothing in them says so.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from datetime import timedelta
from functools import partial

import structlog

from syncline_chassis.connector.apply import apply
from syncline_chassis.connector.connections import Connections
from syncline_chassis.connector.jobs import Job, Jobs, batch_of
from syncline_chassis.connector.leases import LeaseLostError, leased
from syncline_chassis.connector.limits import Gate, Limiter
from syncline_chassis.connector.plan import plan
from syncline_chassis.connector.protocol import Connection, Connector, Session
from syncline_chassis.connector.reverse import reverse
from syncline_chassis.connector.settings import ConnectorSettings
from syncline_chassis.connector.sight import RefusalError
from syncline_chassis.connector.turn import Turn
from syncline_chassis.connector.verify import verify
from syncline_chassis.errors import (
    DisabledError,
    RateLimitedError,
    ReauthRequiredError,
    RejectedError,
    TransientError,
    UnknownOutcomeError,
)
from syncline_chassis.mongo import is_passing
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork

VERBS = {"plan": plan, "apply": apply, "verify": verify, "reverse": reverse}
LONGEST_GATHERING = 15
MAX_BACKOFF_S = 120.0


class JobWorker:
    """One round drains every connection that has due jobs, and whose partner no other worker."""

    def __init__(
        self,
        service: Service,
        connector: Connector,
        settings: ConnectorSettings,
        connections: Connections,
        limiter: Limiter,
    ) -> None:
        self._service = service
        self._connector = connector
        self._settings = settings
        self._connections = connections
        self._limiter = limiter
        self._busy: set[str] = set()

    async def round(self) -> None:
        """Work until nothing is due that is not somebody else's."""
        skipped: set[tuple[str, str]] = set()
        while True:
            waiting = await Jobs(self._service.reading()).waiting_connections(
                self._service.clock.now()
            )
            free = [one for one in waiting if one[0] not in self._busy and one not in skipped]
            if not free:
                return
            partner_id, connection_id = free[0]
            self._busy.add(partner_id)
            try:
                if not await self._drain(partner_id, connection_id):
                    skipped.add(free[0])
            finally:
                self._busy.discard(partner_id)

    async def _drain(self, partner_id: str, connection_id: str) -> bool:
        """Do what is due for one connection; False where another replica has it."""
        ttl_s = self._settings.connector_lease_s
        async with leased(self._service, partner_id, partner_id, ttl_s) as lease:
            if lease is None:
                return False
            turn = Turn(
                self._service,
                self._connector.manifest,
                partner_id,
                connection_id,
                lease,
                timedelta(seconds=self._settings.connector_verify_every_s),
            )
            with structlog.contextvars.bound_contextvars(
                partner=partner_id, connection=connection_id
            ):
                await self._batches(turn)
        return True

    async def _batches(self, turn: Turn) -> None:
        async with AsyncExitStack() as stack:
            connection: Connection | None = None
            session: Session | None = None
            while batch := await self._gather(turn):
                try:
                    if session is None:
                        connection = await self._connections.find(
                            turn.partner_id, turn.connection_id
                        )
                        if connection is None:
                            await self._refuse(turn, batch)
                            continue
                        opened = self._connector.open(connection, self._gate(connection, turn))
                        session = await stack.enter_async_context(opened)
                    with self._span(turn, batch):
                        await VERBS[batch[0].kind](turn, session, batch)
                    await self._connections.note_working(turn)
                    structlog.get_logger().info("jobs done", verb=batch[0].kind, jobs=len(batch))
                except LeaseLostError as error:
                    structlog.get_logger().warning("a turn ended early", error=str(error))
                    return
                except Exception as error:
                    if is_passing(error):
                        raise
                    version = connection.version if connection else None
                    if not await self._sort(turn, batch, error, version):
                        return

    def _span(self, turn: Turn, batch: Sequence[Job]) -> AbstractContextManager[None]:
        """A batch is one span, in the trace of its oldest job and linked with the others'.

        Daily looks go on for months, so each begins a trace of its own, linked with the first.
        """
        first, *others = batch
        linked = batch if first.is_next_look else others
        return self._service.traces.span(
            first.kind,
            parent="" if first.is_next_look else first.cause.traceparent,
            links=[job.cause.traceparent for job in linked],
            partner=turn.partner_id,
            connection=turn.connection_id,
            jobs=len(batch),
            invoice=first.invoice_key,
        )

    def _gate(self, connection: Connection, turn: Turn) -> Gate:
        return Gate(
            self._limiter, connection.partner_id, connection.connection_id, turn.lease.check
        )

    async def _gather(self, turn: Turn) -> list[Job]:
        """The next batch; a little patience makes one call of what comes in a burst."""
        patience = self._settings.connector_gather_s
        jobs = Jobs(self._service.reading())
        due: list[Job] = []
        for _ in range(LONGEST_GATHERING):
            due = await jobs.due(
                turn.partner_id, turn.connection_id, turn.now(), self._settings.connector_batch
            )
            newest = max((job.created_at for job in due if job.kind != "verify"), default=None)
            if newest is None or (turn.now() - newest).total_seconds() > patience:
                break
            await asyncio.sleep(patience)
        return batch_of(due)

    async def _refuse(self, turn: Turn, batch: Sequence[Job]) -> None:
        error = RefusalError(
            "no_connection",
            f"The partner has no connection {turn.connection_id!r} in {turn.manifest.title}. "
            "Set it up, then sync again.",
        )

        async def work(uow: UnitOfWork) -> None:
            for job in batch:
                await turn.fail(uow, job, error)

        await turn.commit(work)

    async def _sort(
        self, turn: Turn, batch: Sequence[Job], error: Exception, version: int | None
    ) -> bool:
        """Decide what becomes of a batch that an error stopped; True to go on with the next."""
        log = structlog.get_logger().bind(verb=batch[0].kind, jobs=len(batch))
        # Some of the batch may have come to its end before the error.
        left = await self._left(turn, batch)
        match error:
            case RateLimitedError():
                log.info("waits for the vendor's limit", seconds=round(error.retry_after_s, 1))
                seconds = max(error.retry_after_s, 0.1)
                until = turn.now() + timedelta(seconds=seconds)
                await self._connections.note_limited(turn, until)
                await turn.put_off(left, seconds)
                return False
            case ReauthRequiredError() | DisabledError():
                await self._park(turn, left, error, version)
                return False
            case UnknownOutcomeError():
                await turn.put_off(left, turn.manifest.settle_s)
                return False
            case TransientError() | TimeoutError() | OSError():
                log.warning("the vendor does not answer", error=str(error) or repr(error))
                await self._connections.note_failing(turn, str(error))
                await turn.put_off(left, _backoff_s(left))
                return False
            case _:
                await self._single_out(turn, left, error)
                return True

    async def _left(self, turn: Turn, batch: Sequence[Job]) -> list[Job]:
        known = await Jobs(self._service.reading()).still_there(turn.partner_id, batch)
        return [job for job in batch if job.job_id in known]

    async def _park(
        self, turn: Turn, batch: Sequence[Job], error: Exception, version: int | None
    ) -> None:
        """New credentials are needed. Plans end here; what is approved waits for them.

        Where somebody has entered others meanwhile, all of it is tried again at once.
        """

        async def work(uow: UnitOfWork) -> bool:
            if not await self._connections.note_refused(uow, turn, version, str(error)):
                await turn.delay(uow, batch, 0)
                return False
            for job in batch:
                if job.kind == "plan":
                    await turn.fail(uow, job, RefusalError("reauth_required", str(error)))
            waiting = [job for job in batch if job.kind != "plan"]
            await turn.delay(uow, waiting, self._settings.connector_park_s)
            return True

        if await turn.commit(work):
            structlog.get_logger().warning("credentials are refused", error=str(error))

    async def _single_out(self, turn: Turn, batch: Sequence[Job], error: Exception) -> None:
        """An error that waiting does not heal: find out whose it is, and stop only that one."""
        if len(batch) > 1:
            await turn.put_off(batch, 0, alone=True)
            return
        rejected = error if isinstance(error, RejectedError) else None
        if rejected is None:
            structlog.get_logger().error("a job failed", exc_info=error)
        for job in batch:
            if rejected is None and job.attempts + 1 < self._service.settings.max_attempts:
                await turn.put_off([job], _backoff_s(batch), alone=True)
                continue
            failure = rejected or RefusalError(
                "bug",
                "Something went wrong on our side, again and again. The service's log has the "
                "cause; what the PSA holds is on the ledger.",
            )
            await turn.commit(partial(_fail, turn, job, failure))


async def _fail(turn: Turn, job: Job, error: RejectedError, uow: UnitOfWork) -> None:
    await turn.fail(uow, job, error)


def _backoff_s(batch: Sequence[Job]) -> float:
    attempts = max((job.attempts for job in batch), default=0)
    return float(min(2.0 ** min(attempts, 10), MAX_BACKOFF_S))
