"""Pricing an invoice again: a job, carried out by replay, repeatable from any point."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from syncline_chassis.bus import RawBatch
from syncline_chassis.errors import InvalidMessageError, TransientError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.service import Received, Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts import subjects
from syncline_contracts.identity import new_id
from syncline_contracts.line import LinesPricedV1, LinesPublishedV1
from syncline_contracts.message import Headers
from syncline_contracts.profile import RepriceInvoiceV1
from syncline_contracts.stream import LINES_PUBLISHED

from syncline_pricing import lines
from syncline_pricing.book_shelf import BookShelf
from syncline_pricing.domain.book import PriceBook
from syncline_pricing.repository import Books
from syncline_pricing.settings import Settings

JOBS = "reprice_jobs"
WORKER = "reprice"
MAX_RETRY_S = 300.0
INDEXES = (Index(JOBS, (("due_at", 1),)),)


@dataclass(frozen=True, slots=True)
class Job:
    """One command to carry out, as long as `owner` holds it."""

    job_id: str
    owner: str
    attempt: int
    command: RepriceInvoiceV1
    cause: Headers


class Jobs:
    """Jobs and their leases: `due_at` is when somebody may take one, the next time."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(JOBS)

    async def add(self, command: RepriceInvoiceV1, cause: Headers, now: datetime) -> None:
        """Store a job under the id of its command."""
        await self._rows.insert_one(
            {
                "_id": cause.id,
                "partner_id": command.partner_id,
                "command": command.model_dump(mode="json"),
                "cause": cause.to_wire(),
                "created_at": now,
                "due_at": now,
                "attempt": 0,
                "owner": None,
            }
        )

    async def take(self, now: datetime, lease: timedelta) -> Job | None:
        """Take the job that has waited longest; None where none is due or others were faster.

        The look for work is the one query over all partners; it reads nothing but names.
        """
        due = await self._rows.find(
            {"due_at": {"$lte": now}},
            projection={"partner_id": 1, "due_at": 1},
            sort=[("due_at", 1)],
            limit=10,
        )
        for row in due:
            taken = await self._rows.find_one_and_update(
                {"partner_id": row["partner_id"], "_id": row["_id"], "due_at": row["due_at"]},
                {"$set": {"owner": new_id(), "due_at": now + lease}, "$inc": {"attempt": 1}},
            )
            if taken is not None:
                return _to_job(taken)
        return None

    async def renew(self, job: Job, until: datetime) -> bool:
        """Keep a job; False where another worker has taken it over."""
        outcome = await self._rows.update_one(_held(job), {"$set": {"due_at": until}})
        return outcome.matched == 1

    async def postpone(self, job: Job, until: datetime, reason: str) -> None:
        """Give a job back for later."""
        await self._rows.update_one(
            _held(job), {"$set": {"due_at": until, "owner": None, "last_error": reason}}
        )

    async def done(self, job: Job) -> None:
        """Remove a job that was carried out."""
        await self._rows.delete_one(_held(job))


class Reprice:
    """Stores jobs and works them off."""

    def __init__(self, service: Service, settings: Settings, shelf: BookShelf) -> None:
        self._service = service
        self._settings = settings
        self._shelf = shelf
        self._lease = timedelta(seconds=settings.pricing_reprice_lease_s)

    async def accept(self, received: Received[RepriceInvoiceV1], uow: UnitOfWork) -> None:
        """Store the job; the worker takes it from there."""
        command = received.body
        known = await Books(uow).version(command.partner_id)
        if known < command.pricing_version:
            raise TransientError(
                f"Prices of {command.partner_id} are asked for at version "
                f"{command.pricing_version}, and only version {known} is known here yet."
            )
        await Jobs(uow).add(command, received.headers, self._service.clock.now())
        uow.wake(WORKER)

    async def work(self) -> None:
        """One round: take one job and carry it out."""
        job = await self._jobs().take(self._service.clock.now(), self._lease)
        if job is None:
            return
        self._service.wake(WORKER)  # there may be another one
        try:
            if await self._carry_out(job):
                await self._jobs().done(job)
        except Exception as error:
            until = self._service.clock.now() + self._retry_after(job.attempt)
            await self._jobs().postpone(job, until, str(error) or repr(error))
            raise

    async def _carry_out(self, job: Job) -> bool:
        """Replay, price, publish. False where the job went to another worker meanwhile."""
        command = job.command
        subject = subjects.lines(
            LinesPublishedV1.type_name, command.lane, command.partner_id, command.invoice_key
        )
        # One book for all of it: a tenant is complete with batches of one version only.
        book = await self._shelf.current(command.partner_id)
        renew_at = self._service.clock.now() + self._lease / 3
        published = 0
        async with self._service.bus.window(self._settings.pricing_reprice_window) as window:
            async for raw in self._service.bus.replay(LINES_PUBLISHED.name, subject):
                now = self._service.clock.now()
                if now >= renew_at:
                    if not await self._jobs().renew(job, now + self._lease):
                        return False
                    renew_at = now + self._lease / 3
                priced = _price(job, raw, book)
                if priced is not None:
                    await window.publish_raw(priced.subject, priced.data, priced.headers)
                    published += priced.lines
        self._service.metrics.lines.labels(lines.SOURCE, LinesPricedV1.type_name).inc(published)
        self._service.log.info(
            "priced again",
            partner=command.partner_id,
            invoice=command.invoice_key,
            pricing_version=book.version,
            lines=published,
        )
        return True

    def _jobs(self) -> Jobs:
        """Each step stands alone, in no transaction."""
        return Jobs(self._service.reading())

    def _retry_after(self, attempt: int) -> timedelta:
        delay_s = self._settings.pricing_reprice_retry_s * 2.0 ** min(attempt - 1, 10)
        return timedelta(seconds=min(delay_s, MAX_RETRY_S))


def _price(job: Job, raw: RawBatch, book: PriceBook) -> lines.PricedMessage | None:
    """The batch with prices; None where the command is not about it, or it is a dead letter."""
    command = job.command
    try:
        batch = lines.read(raw)
        if batch.revision != command.revision:
            return None
        if command.tenant_ids and batch.tenant_id not in command.tenant_ids:
            return None
        return lines.price(raw, batch, book, cause=job.cause)
    except InvalidMessageError as error:
        # It went to the dead letters when it first came; the others shall not wait for it.
        structlog.get_logger().warning(
            "left out of pricing again", id=raw.headers.id, error=str(error)
        )
        return None


def _held(job: Job) -> Document:
    return {"partner_id": job.command.partner_id, "_id": job.job_id, "owner": job.owner}


def _to_job(row: Document) -> Job:
    return Job(
        row["_id"],
        row["owner"],
        row["attempt"],
        RepriceInvoiceV1.model_validate(row["command"]),
        Headers.parse(row["cause"]),
    )
