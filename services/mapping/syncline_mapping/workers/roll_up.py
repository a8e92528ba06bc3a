"""Rolls tenants up to their invoice's status and sums, and asks for newer prices once per invoice.

Marks are read first; the result is stored only if no other roll-up was stored since the invoice
was read, so an older view never replaces a newer one.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.invoice import InvoiceStatusChangedV1
from syncline_contracts.money import add, to_text
from syncline_contracts.profile import RepriceInvoiceV1

from syncline_mapping.domain.rollup import roll_up
from syncline_mapping.repository.invoices import Invoice, Invoices
from syncline_mapping.repository.marks import INVOICE_MARKS, Marks
from syncline_mapping.repository.tenants import TENANTS
from syncline_mapping.settings import Settings

MOST_S = 1.0
SUMMED = (
    "document_cost",
    "lines_cost",
    "items_cost",
    "rrp",
    "sell_exact",
    "sell",
    "residual",
    "planned",
    "psa",
)
_PROJECTION = {
    "_id": 0,
    "state": 1,
    "sums": 1,
    "tenant_id": 1,
    "reprice_wanted": 1,
    "reprice_asked": 1,
}


class RollUp:
    """The worker."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._took_s = 0.0

    async def work(self) -> None:
        """Look at every marked invoice."""
        # A large invoice takes longer to read, so it is read the less often.
        await asyncio.sleep(max(self._settings.mapping_gather_s, 2 * self._took_s))
        began = time.monotonic()
        marks = Marks(self._service.reading())
        by_invoice: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for mark in await marks.waiting(INVOICE_MARKS):
            by_invoice[mark["partner_id"], mark["invoice_key"]].append(mark)
        for (partner_id, invoice_key), seen in by_invoice.items():
            if await self._look_at(partner_id, invoice_key):
                await marks.take_away(INVOICE_MARKS, partner_id, seen)
        self._took_s = min(time.monotonic() - began, MOST_S)

    async def _look_at(self, partner_id: str, invoice_key: str) -> bool:
        """Roll one invoice up; False where it has to be looked at again."""
        reading = self._service.reading()
        invoice = await Invoices(reading).find(partner_id, invoice_key)
        if invoice is None:  # its batches came first
            return True
        tenants = await reading.collection(TENANTS).find(
            {"partner_id": partner_id, "invoice_key": invoice_key}, projection=_PROJECTION
        )
        wanting = [one for one in tenants if _wants_prices(one)]
        waits = bool(wanting and await Marks(reading).rows_of(partner_id, invoice_key))

        async def store(uow: UnitOfWork) -> bool:
            if not await self._save(uow, invoice, tenants):
                return False
            if wanting and not waits:  # asked for all at once, so once
                await self._ask_for_prices(uow, invoice, wanting, len(tenants))
            return True

        is_stored = await self._service.in_transaction(store)
        status = roll_up(Counter(one["state"] for one in tenants))
        if is_stored and status != invoice.status:
            self._service.log.info(
                "invoice status",
                partner=partner_id,
                invoice=invoice.invoice_no,
                status=status,
                previous=invoice.status,
            )
        return is_stored and not waits

    async def _save(self, uow: UnitOfWork, invoice: Invoice, tenants: list[Document]) -> bool:
        states = dict(sorted(Counter(one["state"] for one in tenants).items()))
        status = roll_up(states)
        version = await Invoices(uow).save_roll_up(invoice, status, states, _sums(tenants))
        if version is None:
            return False
        if status != invoice.status:
            uow.publish(
                InvoiceStatusChangedV1(
                    partner_id=invoice.partner_id,
                    invoice_key=invoice.invoice_key,
                    invoice_no=invoice.invoice_no,
                    billing_month=invoice.billing_month,
                    status=status,
                    previous=invoice.status,
                    version=version,
                    tenants_by_state=states,
                )
            )
        return True

    async def _ask_for_prices(
        self, uow: UnitOfWork, invoice: Invoice, wanting: list[Document], tenants: int
    ) -> None:
        version = max(int(one["reprice_wanted"].split("/")[1]) for one in wanting)
        ids = tuple(sorted(one["tenant_id"] for one in wanting))
        uow.trace = invoice.trace
        uow.publish(
            RepriceInvoiceV1.model_validate(
                {
                    "partner_id": invoice.partner_id,
                    "invoice_key": invoice.invoice_key,
                    "revision": invoice.revision,
                    "lane": invoice.lane,
                    "pricing_version": version,
                    "tenant_ids": () if len(ids) == tenants else ids,
                }
            )
        )
        for wanted in {one["reprice_wanted"] for one in wanting}:
            await uow.collection(TENANTS).update_many(
                {
                    "partner_id": invoice.partner_id,
                    "invoice_key": invoice.invoice_key,
                    "reprice_wanted": wanted,
                },
                {"$set": {"reprice_asked": wanted}},
            )


def _wants_prices(tenant: Document) -> bool:
    """`<revision>/<version of prices>`: asked for once."""
    wanted, asked = tenant.get("reprice_wanted"), tenant.get("reprice_asked")
    return bool(tenant["state"] == "received" and wanted != asked)


def _sums(tenants: Iterable[Document]) -> dict[str, Any]:
    """Sums over the tenants that the invoice still has, as exact text."""
    present = [one for one in tenants if one["state"] != "superseded"]
    parts = [one.get("sums", {}) for one in present]
    found: dict[str, Any] = {
        "tenants": len(present),
        "lines": sum(part.get("lines", 0) for part in parts),
        "ties": all(part.get("ties", True) for part in parts),
        "held_cost": to_text(
            add(
                Decimal(one["sums"]["document_cost"])
                for one in present
                if one["state"] == "held" and "sums" in one
            )
        ),
    }
    for name in SUMMED:
        amounts = [Decimal(part[name]) for part in parts if name in part]
        found[name] = to_text(add(amounts)) if amounts else None
    return found
