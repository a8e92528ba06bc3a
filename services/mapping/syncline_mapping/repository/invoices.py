"""Invoices as mapping knows them: what was detected, and the roll-up over the tenants."""

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from syncline_chassis.errors import NotFoundError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import invoice_key
from syncline_contracts.invoice import InvoiceDetectedV1, InvoiceStatus
from syncline_contracts.mapping_query import ListInvoices
from syncline_contracts.money import add, to_text
from syncline_contracts.month_query import MonthSum

INVOICES, MANIFESTS = "invoices", "manifests"
INDEXES = (
    Index(INVOICES, (("partner_id", 1), ("order", -1))),
    Index(INVOICES, (("partner_id", 1), ("billing_month", 1), ("order", -1))),
    Index(INVOICES, (("spread_pending", 1),), partial={"spread_pending": True}),
    Index(INVOICES, (("partner_id", 1), ("amends", 1)), partial={"amends": {"$gt": ""}}),
)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice row."""

    partner_id: str
    invoice_key: str
    invoice_no: str
    billing_month: str
    source_id: str
    source_account: str
    amends: str
    """Supplier's number of the invoice that this credit note amends; empty for an invoice."""
    currency: str
    lane: str
    revision: int
    detected_at: datetime
    status: InvoiceStatus
    version: int
    rolled_seq: int
    order: str
    """Sorts by month, then by when it was detected."""
    tenants_by_state: dict[str, int]
    sums: dict[str, Any]
    spread_pending: bool
    """A new revision is known and has not reached its tenants yet."""
    trace: str = ""
    """Traceparent of what brought its newest revision; work on it goes on from there."""


class Invoices:
    """Invoices of one partner at a time."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(INVOICES)
        self._manifests = uow.collection(MANIFESTS)

    async def get(self, partner_id: str, invoice_key: str) -> Invoice:
        """An invoice. Raises `NotFoundError`."""
        invoice = await self.find(partner_id, invoice_key)
        if invoice is None:
            raise NotFoundError(f"There is no invoice {invoice_key} of this partner.")
        return invoice

    async def find(self, partner_id: str, invoice_key: str) -> Invoice | None:
        """An invoice, if it is there."""
        row = await self._rows.find_one(_one(partner_id, invoice_key))
        return _to_invoice(row) if row else None

    async def amended(self, note: Invoice) -> Invoice | None:
        """What a credit note amends, once that is here: an invoice of the same account."""
        if not note.amends:
            return None
        key = invoice_key(note.partner_id, note.source_account, note.amends)
        return await self.find(note.partner_id, key)

    async def credit_notes(self, invoice: Invoice) -> list[Invoice]:
        """Credit notes that amend an invoice, the oldest first."""
        wanted: Document = {
            "partner_id": invoice.partner_id,
            "amends": invoice.invoice_no,
            "source_account": invoice.source_account,
        }
        found = await self._rows.find(wanted, sort=[("detected_at", 1), ("_id", 1)])
        return [_to_invoice(row) for row in found]

    async def page(self, query: ListInvoices, before: str | None, limit: int) -> list[Invoice]:
        """Invoices, newest month first, that come after `before` in that order."""
        wanted: Document = {"partner_id": query.partner_id}
        if query.billing_month is not None:
            wanted["billing_month"] = query.billing_month
        if query.status == "detected":
            wanted["$or"] = [{"spread_pending": True}, {"status": "detected"}]
        elif query.status is not None:
            wanted |= {"status": query.status, "spread_pending": False}
        if query.text.strip():
            wanted["invoice_no"] = {"$regex": re.escape(query.text.strip()), "$options": "i"}
        if before is not None:
            wanted["order"] = {"$lt": before}
        found = await self._rows.find(wanted, sort=[("order", -1)], limit=limit)
        return [_to_invoice(row) for row in found]

    async def months(self, partner_id: str) -> list[MonthSum]:
        """Sums by month and currency, the newest month first."""
        found = await self._rows.aggregate(
            [
                {"$match": {"partner_id": partner_id}},
                {
                    "$group": {
                        "_id": {"month": "$billing_month", "currency": "$currency"},
                        "invoices": {"$sum": 1},
                        "costs": {"$push": _counted("document_cost")},
                        "sells": {"$push": _counted("sell")},
                    }
                },
                {"$sort": {"_id.month": -1, "_id.currency": 1}},
            ]
        )
        return [
            MonthSum(
                billing_month=row["_id"]["month"],
                currency=row["_id"]["currency"],
                invoices=row["invoices"],
                cost=to_text(add(map(Decimal, row["costs"]))),
                sell=to_text(add(map(Decimal, row["sells"]))),
            )
            for row in found
        ]

    async def keep_manifest(self, event: InvoiceDetectedV1) -> None:
        """Store what a document announced, packed: it may name tens of thousands of tenants."""
        packed = zlib.compress(event.model_dump_json().encode(), 1)
        await self._manifests.replace_one(
            _manifest(event.partner_id, event.invoice_key, event.revision, event.role),
            {"partner_id": event.partner_id, "body": packed},
            upsert=True,
        )

    async def manifest(
        self, partner_id: str, invoice_key: str, revision: int
    ) -> InvoiceDetectedV1 | None:
        """What a billing document announced."""
        row = await self._manifests.find_one(
            _manifest(partner_id, invoice_key, revision, "billing")
        )
        if row is None:
            return None
        return InvoiceDetectedV1.model_validate_json(zlib.decompress(row["body"]))

    async def detect(self, event: InvoiceDetectedV1, at: datetime, trace: str) -> None:
        """Take a billing document in; its tenants are spread by a worker."""
        first = {
            "status": "detected",
            "version": 1,
            "rolled_seq": 0,
            "detected_at": at,
            "tenants_by_state": {},
            "sums": {},
        }
        order = f"{event.billing_month}/{at.isoformat(timespec='microseconds')}"
        await self._rows.update_one(
            _one(event.partner_id, event.invoice_key),
            {
                "$set": {
                    "invoice_key": event.invoice_key,
                    "invoice_no": event.invoice_no,
                    "billing_month": event.billing_month,
                    "source_id": event.source_id,
                    "source_account": event.source_account,
                    "amends": event.amends,
                    "currency": event.currency,
                    "lane": event.lane,
                    "revision": event.revision,
                    "order": f"{order}/{event.invoice_key}",
                    "spread_pending": True,
                    "trace": trace,
                },
                "$setOnInsert": first,
            },
            upsert=True,
        )

    async def to_spread(self) -> list[Invoice]:
        """Invoices of all partners whose manifest is not with its tenants yet."""
        found = await self._rows.find({"spread_pending": True}, limit=20)
        return [_to_invoice(row) for row in found]

    async def spread_done(self, invoice: Invoice) -> None:
        """The manifest is with its tenants, unless a newer revision came meanwhile."""
        await self._rows.update_one(
            {**_one(invoice.partner_id, invoice.invoice_key), "revision": invoice.revision},
            {"$set": {"spread_pending": False}},
        )

    async def save_roll_up(
        self, invoice: Invoice, status: InvoiceStatus, states: dict[str, int], sums: Document
    ) -> int | None:
        """Store a roll-up; its version. None where another was stored since `invoice` was read."""
        version = invoice.version
        news = (status, states, sums)
        if news != (invoice.status, invoice.tenants_by_state, invoice.sums):
            version += 1
        outcome = await self._rows.update_one(
            {
                **_one(invoice.partner_id, invoice.invoice_key),
                "rolled_seq": invoice.rolled_seq,
            },
            {
                "$set": {
                    "status": status,
                    "tenants_by_state": states,
                    "sums": sums,
                    "version": version,
                    "rolled_seq": invoice.rolled_seq + 1,
                }
            },
        )
        return version if outcome.matched else None


def _counted(name: str) -> Document:
    """A sum of an invoice; what a newer one supersedes counts as nothing."""
    superseded = {"$eq": ["$status", "superseded"]}
    return {"$cond": [superseded, "0", {"$ifNull": [f"$sums.{name}", "0"]}]}


def _one(partner_id: str, invoice_key: str) -> Document:
    return {"_id": f"{partner_id}/{invoice_key}", "partner_id": partner_id}


def _manifest(partner_id: str, invoice_key: str, revision: int, role: str) -> Document:
    return {"_id": f"{partner_id}/{invoice_key}/{revision}/{role}", "partner_id": partner_id}


def _to_invoice(row: Document) -> Invoice:
    return Invoice(**{name: row[name] for name in Invoice.__slots__ if name in row})
