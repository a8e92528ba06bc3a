"""Brings a manifest to its tenants, in portions outside of a transaction: it may name thousands.

Repeatable from any point and in any order of revisions: entries lie side by side by revision, and
the revision of a tenant only rises.
"""

import orjson
from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_contracts.invoice import InvoiceDetectedV1, TenantManifest

from syncline_mapping.repository.invoices import Invoices
from syncline_mapping.repository.marks import EVALUATE_WORKER, ROLLUP_WORKER, Marks
from syncline_mapping.repository.tenants import TENANTS, fresh, row_id

PORTION = 500


class Spread:
    """The worker."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tenants = service.mongo.collection(TENANTS)

    async def work(self) -> None:
        """Spread every manifest that waits."""
        reading = self._service.reading()
        invoices, marks = Invoices(reading), Marks(reading)
        for invoice in await invoices.to_spread():
            event = await invoices.manifest(
                invoice.partner_id, invoice.invoice_key, invoice.revision
            )
            if event is not None:
                await self._spread(event, marks)
                await self._tell_those_left_out(event, marks)
            await marks.invoice(invoice.partner_id, invoice.invoice_key)
            await invoices.spread_done(invoice)
            for worker in (EVALUATE_WORKER, ROLLUP_WORKER):
                self._service.wake(worker)

    async def _spread(self, event: InvoiceDetectedV1, marks: Marks) -> None:
        for start in range(0, len(event.tenants), PORTION):
            portion = event.tenants[start : start + PORTION]
            entries = [self._entry(event, one) for one in portion]
            await self._tenants.bulk_upsert(entries)
            rows = [{**row, "invoice_key": event.invoice_key} for row, _ in entries]
            await marks.tenants(event.partner_id, rows)
            self._service.wake(EVALUATE_WORKER)

    def _entry(self, event: InvoiceDetectedV1, entry: TenantManifest) -> tuple[Document, Document]:
        partner_id, invoice_key, revision = event.partner_id, event.invoice_key, event.revision
        return (
            {"_id": row_id(partner_id, invoice_key, entry.tenant_id), "partner_id": partner_id},
            {
                "$set": {
                    f"manifests.{revision}": orjson.loads(entry.model_dump_json()),
                    "invoice_no": event.invoice_no,
                    "billing_month": event.billing_month,
                    "currency": event.currency,
                    "tenant_name": entry.tenant_name,
                },
                "$max": {"revision": revision, "invoice_revision": revision},
                "$setOnInsert": fresh(partner_id, invoice_key, entry, self._service.clock.now()),
            },
        )

    async def _tell_those_left_out(self, event: InvoiceDetectedV1, marks: Marks) -> None:
        left_out = {
            "partner_id": event.partner_id,
            "invoice_key": event.invoice_key,
            "revision": {"$lt": event.revision},
        }
        await self._tenants.update_many(left_out, {"$max": {"invoice_revision": event.revision}})
        rows = await self._tenants.find(left_out, projection={"invoice_key": 1})
        await marks.tenants(event.partner_id, rows)
