"""What mapping hears: invoices, prices, and what became of a tenant in the PSA."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncline_chassis.clock import Clock
from syncline_chassis.service import MessageHandler, Received
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.invoice import InvoiceDetectedV1, InvoiceStatusChangedV1
from syncline_contracts.message import SPAN, Event
from syncline_contracts.profile import ProfileChangedV1
from syncline_contracts.tenant import (
    ConnectorFact,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantSyncStartedV1,
    TenantVerifiedV1,
)

from syncline_mapping.domain import moves
from syncline_mapping.domain.facts import Facts
from syncline_mapping.repository.invoices import Invoices
from syncline_mapping.repository.marks import SPREAD_WORKER, Marks
from syncline_mapping.repository.partners import Partners
from syncline_mapping.repository.plans import Plans
from syncline_mapping.repository.tenants import Row, Tenants, row_id

Move = Callable[[Facts, Any, datetime], Facts]


async def take_invoice(received: Received[InvoiceDetectedV1], uow: UnitOfWork) -> None:
    """Take an invoice in. Daily usage is kept beside it and bills nothing."""
    event, invoices = received.body, Invoices(uow)
    await invoices.keep_manifest(event)
    if event.role != "billing":
        return
    known = await invoices.find(event.partner_id, event.invoice_key)
    if known is not None and known.revision >= event.revision:
        return
    await invoices.detect(event, received.headers.time, SPAN.get() or received.headers.traceparent)
    uow.wake(SPREAD_WORKER)
    if known is None:
        uow.publish(
            InvoiceStatusChangedV1(
                partner_id=event.partner_id,
                invoice_key=event.invoice_key,
                invoice_no=event.invoice_no,
                billing_month=event.billing_month,
                status="detected",
                previous=None,
                version=1,
                tenants_by_state={"received": len(event.tenants)},
            )
        )


async def note_prices(received: Received[ProfileChangedV1], uow: UnitOfWork) -> None:
    """Newer prices: whoever is not settled waits for lines with them."""
    event = received.body
    partners, version = Partners(uow), event.pricing_version
    if await partners.raise_prices(event.partner_id, version, rrp_policy=event.rrp_policy):
        await Marks(uow).partner(event.partner_id)


class PsaNews:
    """What connectors tell. A fact that is late or repeated changes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def take_plan(self, received: Received[TenantPlannedV1], uow: UnitOfWork) -> None:
        """A plan was made: it has to tie to the charges."""
        event = received.body
        row = await _row_of(event, uow)
        if row is None or _is_not_asked(row, event):
            return
        facts, failure = moves.planned(row.facts, event, received.headers.time)
        if failure is None:
            await Plans(uow).made(row, event)
        else:
            await Plans(uow).failed(row, event.request_id, failure)
        await Tenants(uow).save(row, facts, self._clock.now())

    async def take_failure(self, received: Received[TenantSyncFailedV1], uow: UnitOfWork) -> None:
        """A plan, its writes or a verification failed."""
        event = received.body
        row = await _row_of(event, uow)
        if row is None:
            return
        facts, failure = moves.failed(row.facts, event, received.headers.time)
        if failure is not None and event.stage == "plan":
            await Plans(uow).failed(row, event.request_id, failure)
        await self._save(row, facts, uow)

    def taking(self, move: Move) -> MessageHandler:
        """A handler that only moves the tenant's facts."""

        async def take(received: Received[Any], uow: UnitOfWork) -> None:
            row = await _row_of(received.body, uow)
            if row is not None:
                await self._save(row, move(row.facts, received.body, received.headers.time), uow)

        return take

    async def _save(self, row: Row, facts: Facts, uow: UnitOfWork) -> None:
        if facts == row.facts:
            return
        await Tenants(uow).save(row, facts, self._clock.now())
        drift_ended = row.facts.drifted is not None and facts.drifted is None
        if not _is_busy(facts) and (_is_busy(row.facts) or drift_ended):
            # What came meanwhile counts from now on: prices, mapping, revision.
            await Tenants(uow).mark(row.partner_id, {"_id": row.row_id})


def _is_busy(facts: Facts) -> bool:
    return facts.approval is not None or facts.reversal is not None


def _started(facts: Facts, event: TenantSyncStartedV1, at: datetime) -> Facts:
    return moves.started(facts, event)


def routes(clock: Clock) -> dict[type[Event], MessageHandler]:
    """Events and who handles them."""
    news = PsaNews(clock)
    return {
        InvoiceDetectedV1: take_invoice,
        ProfileChangedV1: note_prices,
        TenantPlannedV1: news.take_plan,
        TenantSyncFailedV1: news.take_failure,
        TenantSyncStartedV1: news.taking(_started),
        TenantSyncedV1: news.taking(moves.synced),
        TenantVerifiedV1: news.taking(moves.verified),
        TenantDriftedV1: news.taking(moves.drifted),
        TenantReversedV1: news.taking(moves.reversed_),
    }


async def _row_of(event: ConnectorFact, uow: UnitOfWork) -> Row | None:
    identity = row_id(event.partner_id, event.invoice_key, event.tenant_id)
    return await Tenants(uow).find(event.partner_id, identity)


def _is_not_asked(row: Row, event: TenantPlannedV1) -> bool:
    planning = row.facts.planning
    return planning is None or planning.request_id != event.request_id
