"""What can be asked of ingest: sources, documents, a file to take in."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from syncline_contracts.identity import Key, Sha256, TenantId
from syncline_contracts.line import Role
from syncline_contracts.message import Model
from syncline_contracts.query import Done, Edit, Page, Query
from syncline_contracts.revision import RevisionComparison
from syncline_contracts.usage import UsageTie

UPLOADS_BUCKET = "uploads"
"""JetStream object store through which a file reaches ingest."""


class DocumentView(Model):
    """A document and what became of it."""

    document_id: str
    source_id: str
    name: str
    sha256: str
    bytes: int
    received_at: datetime
    status: Literal["rejected", "committed", "published"]
    invoice_key: Key | None = None
    invoice_no: str | None = None
    revision: int | None = None
    role: Role | None = None
    lines: int | None = None
    cost: str | None = None
    code: str | None = None
    message: str | None = None
    row: int | None = None
    column: str | None = None


class Submitted(Model):
    """Answer to `SubmitUpload`: accepted, known already, or refused with a reason."""

    outcome: Literal["accepted", "already_known", "rejected"]
    document: DocumentView


class SubmitUpload(Edit[Submitted]):
    """Take in a file that lies in the uploads bucket under `<partner_id>/<object_name>`."""

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "submit_upload"

    object_name: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    """Its key in the bucket is `<partner_id>/<object_name>`."""
    file_name: Annotated[str, Field(min_length=1, max_length=255)]


class Documents(Model):
    """Answer to `ListDocuments`."""

    documents: tuple[DocumentView, ...]
    next_cursor: str | None = None


class ListDocuments(Query[Documents]):
    """Documents of a partner, newest first."""

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "documents"

    page: Page = Page()


class Cell(Model):
    """One cell of a row as it came."""

    column: str
    value: str
    is_cut: bool = False
    """It is longer than an answer carries."""


class OriginalRow(Model):
    """Answer to `GetOriginalRow`. Text of a supplier: whoever shows it escapes it."""

    document: DocumentView
    row: int
    cells: tuple[Cell, ...]


class GetOriginalRow(Query[OriginalRow]):
    """A row of a stored document as the supplier wrote it, whatever it was packed in.

    Rows are those of the lines: from 1, over all files or pages of the document. 404 where there is
    no such document or row, or its original is not stored any more.
    """

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "original_row"

    document_sha256: Sha256
    row: Annotated[int, Field(ge=1)]


class GetUsageTie(Query[UsageTie]):
    """How the daily usage of an invoice compares with it; 404 while one of the two is missing."""

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "usage_tie"

    invoice_key: Key


class GetRevisionComparison(Query[RevisionComparison]):
    """What a revision changed, line by line; 404 where there is none, 409 while it is compared."""

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "revision_comparison"

    invoice_key: Key
    role: Role = "billing"
    revision: Annotated[int, Field(ge=1)] | None = None
    """Compared with the one before it; the newest where none is named."""
    tenant_id: TenantId | None = None
    """Only lines of this tenant; the summary is the whole invoice's."""
    page: Page = Page()


class SaveSource(Edit[Done]):
    """Create or change a source; `settings` are those of its kind, secrets among them.

    Any kind takes `bill_from_usage` (daily usage is the invoice, not the detail behind one) and
    `usage_tolerance` (amount in billing currency, default 1.00; see `UsageTie.tolerance`).
    """

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "save_source"

    source_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    kind: str
    settings: dict[str, Any]
    enabled: bool = True


class SourceKindView(Model):
    """A kind of source, and what a person fills in for it."""

    kind: str
    title: str
    only_id: str | None = None
    """Where a partner has one source of this kind only, its id."""
    form: dict[str, Any]
    """JSON Schema of `settings`; secrets are `writeOnly`, and stay where they are left out."""


class SourceKinds(Model):
    """Answer to `ListSourceKinds`."""

    kinds: tuple[SourceKindView, ...]


class ListSourceKinds(Query[SourceKinds]):
    """Kinds of sources that there are; the same for every partner."""

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "source_kinds"


class SourceView(Model):
    """A source without its secrets."""

    source_id: str
    kind: str
    version: int
    enabled: bool
    settings: dict[str, Any]
    last_polled_at: datetime | None = None
    last_error: str = ""


class Sources(Model):
    """Answer to `ListSources`."""

    sources: tuple[SourceView, ...]


class ListSources(Query[Sources]):
    """Sources of a partner."""

    services: ClassVar[tuple[str, ...]] = ("ingest",)
    name: ClassVar[str] = "sources"
