"""What ingest answers, and its background work."""

from collections.abc import Sequence

from syncline_chassis.errors import ConflictError, ProblemError, UnprocessableError
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_chassis.vault import Vault
from syncline_contracts.ingest_query import (
    Documents as DocumentList,
)
from syncline_contracts.ingest_query import (
    GetOriginalRow,
    GetRevisionComparison,
    GetUsageTie,
    ListDocuments,
    ListSourceKinds,
    ListSources,
    SaveSource,
    SourceKinds,
    SourceKindView,
    Submitted,
    SubmitUpload,
)
from syncline_contracts.ingest_query import Sources as SourceList
from syncline_contracts.query import Done
from syncline_contracts.revision import RevisionComparison
from syncline_contracts.usage import UsageTie

from syncline_ingest.original_row import OriginalRows
from syncline_ingest.polling import POLLER
from syncline_ingest.repository import Documents, Invoices, to_view
from syncline_ingest.revisions import Revisions, revision_asked_for
from syncline_ingest.rules import SourceRules, split
from syncline_ingest.source_store import Source, Sources
from syncline_ingest.sources.offer import SourceForm, SourceSettings
from syncline_ingest.sources.upload import SOURCE_ID as UPLOAD
from syncline_ingest.sources.upload import UploadedFile
from syncline_ingest.taking import Taker
from syncline_ingest.usage_tying import UsageTies


class Answers:
    """Answers of ingest."""

    def __init__(
        self, service: Service, taker: Taker, forms: Sequence[SourceForm], vault: Vault | None
    ) -> None:
        self._service = service
        self._taker = taker
        self._forms = {form.kind: form for form in forms}
        self._vault = vault

    async def submit_upload(self, query: SubmitUpload, uow: UnitOfWork) -> Submitted:
        """Take an uploaded file in; intake has transactions of its own, so `uow` stays empty."""
        offer = UploadedFile(
            self._service.bus, query.partner_id, query.object_name, query.file_name
        )
        taken = await self._taker.take(query.partner_id, UPLOAD, offer)
        return Submitted(outcome=taken.outcome, document=to_view(taken.row))

    async def list_documents(self, query: ListDocuments, uow: UnitOfWork) -> DocumentList:
        """Documents of a partner, newest first."""
        rows, cursor = await Documents(uow).page(query.partner_id, query.page)
        return DocumentList(documents=tuple(map(to_view, rows)), next_cursor=cursor)

    async def get_usage_tie(self, query: GetUsageTie, uow: UnitOfWork) -> UsageTie:
        """How daily usage compares with its invoice."""
        return await UsageTies(uow).get(query.partner_id, query.invoice_key)

    async def get_revision_comparison(
        self, query: GetRevisionComparison, uow: UnitOfWork
    ) -> RevisionComparison:
        """What a revision changed, line by line."""
        newest = await Invoices(uow).newest_revision(
            query.partner_id, query.invoice_key, query.role
        )
        return await Revisions(uow).get(query, revision_asked_for(query, newest))

    async def save_source(self, query: SaveSource, uow: UnitOfWork) -> Done:
        """Store a source; it is polled at once."""
        form = self._forms.get(query.kind)
        if form is None:
            known = ", ".join(sorted(self._forms))
            raise UnprocessableError(
                f"There is no source of that kind; there are: {known}.", "kind"
            )
        sources = Sources(uow)
        before = await sources.get(query.partner_id, query.source_id)
        self._expect(query, before)
        is_same_kind = before is not None and before.kind == query.kind
        rules, own = split(query.settings)
        opened = self._opened(before) if is_same_kind else None
        settings = form.check(own, opened)
        now = self._service.clock.now()
        source = Source(
            partner_id=query.partner_id,
            source_id=query.source_id,
            kind=query.kind,
            version=before.version + 1 if before else 1,
            enabled=query.enabled,
            rules=rules,
            settings=settings.public,
            sealed=self._sealed(settings.secrets),
            next_poll_at=now if settings.secrets else None,
            last_polled_at=before.last_polled_at if before else None,
        )
        former = opened.secrets if opened else {}
        await sources.save(
            source, actor=query.actor, now=now, new_secrets=settings.secrets != former
        )
        uow.wake(POLLER)
        return Done(version=source.version)

    async def list_sources(self, query: ListSources, uow: UnitOfWork) -> SourceList:
        """Sources of a partner, without their secrets."""
        found = await Sources(uow).of(query.partner_id)
        return SourceList(sources=tuple(source.view() for source in found))

    async def list_source_kinds(self, query: ListSourceKinds, uow: UnitOfWork) -> SourceKinds:
        """What sources there can be, and what is filled in for each."""
        rules = SourceRules.model_json_schema()["properties"]
        kinds = []
        for one in self._forms.values():
            form = one.form()
            form["properties"] = {**form["properties"], **rules}
            kinds.append(
                SourceKindView(kind=one.kind, title=one.title, only_id=one.only_id, form=form)
            )
        return SourceKinds(kinds=tuple(kinds))

    @staticmethod
    def _expect(query: SaveSource, before: Source | None) -> None:
        version = before.version if before else None
        if query.expected_version != version:
            there = f"is at version {version}" if version else "is not there"
            raise ConflictError(f"The source {query.source_id} {there}: look at it again.")

    def _opened(self, source: Source | None) -> SourceSettings | None:
        if source is None:
            return None
        secrets = self._need_vault().open(source.sealed) if source.sealed else {}
        return SourceSettings(source.settings, secrets)

    def _sealed(self, secrets: dict[str, str]) -> str:
        return self._need_vault().seal(secrets) if secrets else ""

    def _need_vault(self) -> Vault:
        if self._vault is None:
            detail = "Secrets cannot be stored: SYNCLINE_VAULT_KEYS is not set for ingest."
            raise ProblemError(503, "no_vault", "Not set up", detail)
        return self._vault


def register(service: Service, answers: Answers) -> None:
    """Fill the service's table."""
    service.queries.update(
        {
            SubmitUpload: answers.submit_upload,
            ListDocuments: answers.list_documents,
            GetOriginalRow: OriginalRows(service).get,
            GetUsageTie: answers.get_usage_tie,
            GetRevisionComparison: answers.get_revision_comparison,
            SaveSource: answers.save_source,
            ListSources: answers.list_sources,
            ListSourceKinds: answers.list_source_kinds,
        }
    )
