"""Taking a document in: all of it or nothing, once, whoever brings it and whatever dies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from syncline_chassis.errors import TransientError
from syncline_chassis.mongo import Document, DuplicateKeyError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts import subjects
from syncline_contracts.identity import invoice_key, new_id
from syncline_contracts.invoice import InvoiceDetectedV1, InvoiceRejectedV1
from syncline_contracts.line import Role
from syncline_contracts.money import to_text
from syncline_contracts.usage import UsageTie

from syncline_ingest import staging
from syncline_ingest.leases import Leases
from syncline_ingest.parsing import parse
from syncline_ingest.readers.refusal import RefusedDocumentError, refuse
from syncline_ingest.reading import Parsed
from syncline_ingest.repository import Documents, Invoices, document_key, has_document
from syncline_ingest.rules import DEFAULTS, SourceRules
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch
from syncline_ingest.staging import Run, Staging
from syncline_ingest.usage_tying import WAITING, UsageTies, in_words

PUBLISHER = "publisher"
Outcome = Literal["accepted", "already_known", "rejected"]
_WAIT_FOR_TWIN_S = 600.0
RUN_GRACE = timedelta(seconds=60)
_COMMIT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document, and its row."""

    outcome: Outcome
    row: Document


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose document it is, and where it came from."""

    partner_id: str
    source_id: str
    name: str
    rules: SourceRules = DEFAULTS


class Intake:
    """Takes documents in. The same content, twice or at once, is one document."""

    def __init__(self, service: Service, leases: Leases) -> None:
        self._service = service
        self._leases = leases
        self._staging = Staging(service.mongo)

    async def take(self, origin: Origin, spool: Spool) -> Taken:
        """Take a document in, recognise it, or refuse it; a refusal is an outcome, no error."""
        name = f"intake/{spool.sha256}"
        async with self._leases.held(origin.partner_id, name, wait_s=_WAIT_FOR_TWIN_S) as mine:
            if not mine:
                raise TransientError(f"{origin.name} is being taken in by another replica.")
            known = await self._known(self._service.reading(), origin.partner_id, spool.sha256)
            if known is not None:
                return known
            with self._service.traces.span(
                "document", partner=origin.partner_id, document=spool.sha256
            ):
                return await self._take_new(origin, spool)

    async def _known(self, uow: UnitOfWork, partner_id: str, sha256: str) -> Taken | None:
        row = await Documents(uow).get(partner_id, sha256)
        if row is None or row["status"] == "rejected":  # rules may have changed since
            return None
        return Taken("already_known", row)

    async def _take_new(self, origin: Origin, spool: Spool) -> Taken:
        if spool.is_too_large:
            detail = f"the document has {spool.size} bytes, more than are taken in."
            return await self._refuse(origin, spool, refuse("too_large", origin.name, detail))
        run = Run(new_id(), origin.partner_id, spool.sha256)
        await self._staging.begin(run, self._service.clock.now())
        blob_id = document_key(origin.partner_id, spool.sha256)
        blob = asyncio.create_task(
            self._service.mongo.put_blob(blob_id, spool.blob_chunks()), name="blob"
        )

        async def store(batches: Sequence[StagedBatch]) -> None:
            await self._staging.add(run, batches)

        try:
            parsed = await parse(origin.name, spool, store)
            await blob
        except RefusedDocumentError as refusal:
            await blob
            return await self._refuse(origin, spool, refusal, run)
        except BaseException:
            blob.cancel()
            await asyncio.wait([blob])  # the file must not close under it
            raise
        return await self._commit(origin, spool, run, parsed)

    async def _commit(self, origin: Origin, spool: Spool, run: Run, parsed: Parsed) -> Taken:
        async def work(uow: UnitOfWork) -> Taken:
            known = await self._known(uow, origin.partner_id, spool.sha256)
            if known is not None:
                return known
            if not await staging.keep(uow, run):
                raise TransientError(f"{origin.name} took too long to take in; it starts again.")
            row = await self._add(uow, origin, spool, run, parsed)
            uow.wake(PUBLISHER)
            return Taken("accepted", row)

        for attempt in range(1, _COMMIT_ATTEMPTS + 1):
            try:
                taken = await self._service.in_transaction(work)
                break
            except DuplicateKeyError:  # two first revisions of one invoice at the same moment
                if attempt == _COMMIT_ATTEMPTS:
                    raise
        else:
            raise AssertionError("unreachable")
        if taken.outcome == "already_known":
            await self._staging.drop(origin.partner_id, run.run_id)
        self._service.log.info(
            "document taken in",
            partner=origin.partner_id,
            document=origin.name,
            outcome=taken.outcome,
            invoice=taken.row["invoice_key"],
            revision=taken.row["revision"],
            lines=parsed.lines,
            price_mismatches=parsed.head.price_mismatches,
        )
        return taken

    async def _add(
        self, uow: UnitOfWork, origin: Origin, spool: Spool, run: Run, parsed: Parsed
    ) -> Document:
        head = parsed.head
        role: Role = "billing" if origin.rules.bill_from_usage else head.role
        key = invoice_key(origin.partner_id, head.source_account, head.invoice_no)
        revision = await Invoices(uow).next_revision(
            origin.partner_id,
            key,
            role,
            {
                "invoice_no": head.invoice_no,
                "source_account": head.source_account,
                "sha256": spool.sha256,
            },
        )
        detected = InvoiceDetectedV1(
            partner_id=origin.partner_id,
            invoice_key=key,
            invoice_no=head.invoice_no,
            source_id=origin.source_id,
            source_account=head.source_account,
            revision=revision,
            role=role,
            amends=head.amends,
            billing_month=head.billing_month,
            invoice_date=head.invoice_date,
            currency=head.currency,
            lane=subjects.lane_for(parsed.lines),
            document_name=origin.name,
            document_sha256=spool.sha256,
            document_format=head.format,
            lines=parsed.lines,
            cost=parsed.cost,
            tax=parsed.tax,
            stated_cost=head.stated_cost,
            tenants=parsed.tenants,
        )
        said = uow.publish(detected)
        row = {
            **self._row(origin, spool),
            "status": "committed",
            "format": head.format,
            "invoice_key": key,
            "invoice_no": head.invoice_no,
            "source_account": head.source_account,
            "revision": revision,
            "role": role,
            "lane": detected.lane,
            "billing_month": head.billing_month,
            "currency": head.currency,
            "lines": parsed.lines,
            "cost": to_text(parsed.cost),
            "tax": to_text(parsed.tax),
            "price_mismatches": head.price_mismatches,
            "message": None,
            "run_id": run.run_id,
            "batches": parsed.batches,
            "published_batches": 0,
            # Pairs: a tenant id may hold what a field name must not.
            "tenant_names": [[one.tenant_id, one.tenant_name] for one in parsed.tenants],
            "detected": said.to_wire(),
        }
        tie = await UsageTies(uow).take(row, parsed.tenants, origin.rules.usage_tolerance)
        await self._remark(uow, row, parsed, tie)
        return row

    async def _remark(
        self, uow: UnitOfWork, row: Document, parsed: Parsed, tie: UsageTie | None
    ) -> None:
        """Store the document with what a person should know of it and of its counterpart."""
        documents, notes = Documents(uow), remarks(parsed)
        if row["role"] == "detail":
            notes.append(in_words(tie) if tie else WAITING)
        row["message"] = " ".join(notes) or None
        await documents.put(row)
        if row["role"] == "billing" and tie is not None:
            await documents.tell(row, "detail", tie.detail_revision, in_words(tie))

    async def _refuse(
        self, origin: Origin, spool: Spool, refusal: RefusedDocumentError, run: Run | None = None
    ) -> Taken:
        """Quarantine: the row, and one event however often the same content comes."""
        row = {
            **self._row(origin, spool),
            "status": "rejected",
            "code": refusal.code,
            "message": refusal.message,
            "row": refusal.row,
            "column": refusal.column,
        }

        async def work(uow: UnitOfWork) -> None:
            documents = Documents(uow)
            before = await documents.get(origin.partner_id, spool.sha256)
            if before is not None and before["status"] != "rejected":
                return
            await documents.put(row)
            if before is None:
                uow.publish(
                    InvoiceRejectedV1(
                        partner_id=origin.partner_id,
                        source_id=origin.source_id,
                        document_name=origin.name,
                        document_sha256=spool.sha256,
                        code=refusal.code,
                        message=refusal.message,
                        row=refusal.row,
                        column=refusal.column,
                    )
                )

        await self._service.in_transaction(work)
        if run is not None:
            await self._staging.drop(run.partner_id, run.run_id)
        self._service.log.warning(
            "document refused", partner=origin.partner_id, code=refusal.code, why=refusal.message
        )
        return Taken("rejected", row)

    def _row(self, origin: Origin, spool: Spool) -> Document:
        return {
            "partner_id": origin.partner_id,
            "sha256": spool.sha256,
            "source_id": origin.source_id,
            "name": origin.name,
            "bytes": spool.size,
            "received_at": self._service.clock.now(),
        }

    async def sweep(self) -> None:
        """Remove what attempts left behind that no process works on any more."""
        before = self._service.clock.now() - RUN_GRACE
        for run in await self._staging.started_before(before):
            async with self._leases.held(run.partner_id, f"intake/{run.sha256}") as mine:
                if not mine:
                    continue
                await self._staging.drop(run.partner_id, run.run_id)
                if not await has_document(self._service.mongo, run.partner_id, run.sha256):
                    await self._service.mongo.delete_blob(document_key(run.partner_id, run.sha256))
                self._service.log.info("staging swept", partner=run.partner_id, run=run.run_id)


def remarks(parsed: Parsed) -> list[str]:
    """What a person should know of a document that was taken in."""
    count = parsed.head.price_mismatches
    stated, found = parsed.head.stated_tax, parsed.tax
    notes = list(parsed.head.notes)
    if count:
        notes.append(
            f"{count} of {parsed.lines} lines state another amount than price x quantity; the "
            "stated amount counts."
        )
    if stated is not None and stated != found:
        notes.append(
            f"The lines' tax adds up to {to_text(found)}, the invoice states {to_text(stated)}."
        )
    return notes
