"""Queries and edits by request-reply: one model asks, one answers; in no stream."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from syncline_contracts import subjects
from syncline_contracts.identity import EVERY_PARTNER, PARTNER_PATTERN, Currency
from syncline_contracts.message import CONNECTORS, Model

A = TypeVar("A", bound=BaseModel)

Subject = Annotated[str, Field(pattern=rf"{PARTNER_PATTERN[:-1]}$|^{EVERY_PARTNER}$")]


class Query(Model, Generic[A]):
    """A question to one service about one partner (or `EVERY_PARTNER`).

    Parameterised with its answer. `changes` marks a person's edit, which carries `actor`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: ClassVar[tuple[str, ...]]
    name: ClassVar[str]
    askers: ClassVar[tuple[str, ...]] = ("portal",)
    changes: ClassVar[bool] = False

    partner_id: Subject

    @classmethod
    def answer_type(cls) -> type[A]:
        """Model of the answer."""
        for base in cls.__mro__:
            arguments = getattr(base, "__pydantic_generic_metadata__", {}).get("args", ())
            if arguments:
                return arguments[0]  # type: ignore[no-any-return]
        raise TypeError(f"{cls.__name__} does not say what it answers")

    def subject(self, service: str | None = None) -> str:
        """Subject to ask on; `service` only where several answer (connectors)."""
        return subjects.query(service or self.services[0], self.name, self.partner_id)


class Edit(Query[A], Generic[A]):
    """A person's change. `expected_version` is what they saw; `None` is for what is new."""

    changes: ClassVar[bool] = True

    actor: Annotated[str, Field(min_length=1, max_length=200)]
    expected_version: int | None = None


class Problem(Model):
    """Why a query was not answered (RFC 9457 where the portal passes it on)."""

    status: int
    code: str
    title: str
    detail: str
    field: str | None = None


class Reply(Model):
    """Envelope of an answer: exactly one of the two is there."""

    data: dict[str, Any] | None = None
    problem: Problem | None = None


class Page(Model):
    """Which part of a list: `limit` rows after `cursor` (opaque; `None` is the start)."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class Done(Model):
    """An edit took place; `version` is what the next one has to expect."""

    version: int


class ConnectorQuery(Query[A], Generic[A]):
    """A question that whichever connector serves the partner answers."""

    services: ClassVar[tuple[str, ...]] = CONNECTORS


class PickItem(Model):
    """A choice in a pick list of the live PSA."""

    id: str
    name: str
    detail: str = ""
    inactive: bool = False
    clues: tuple[str, ...] = ()
    """What of the record tells whose it is: e-mail and web addresses, numbers, tenant ids."""


class Picks(Model):
    """Answer to `SearchPicks`."""

    items: tuple[PickItem, ...]


class SearchPicks(ConnectorQuery[Picks]):
    """Search a pick list of the PSA; `list` is one that the connector's manifest names."""

    name: ClassVar[str] = "search"

    connection_id: str
    list: str
    text: Annotated[str, Field(max_length=200)] = ""
    client_id: Annotated[str, Field(max_length=200)] = ""
    """Only what belongs to this client; empty for anybody's."""
    currency: Currency | None = None
    """Only what can be billed in it, where the PSA says so beforehand."""


class ConnectionView(Model):
    """A connection without its secrets."""

    partner_id: str = ""
    connection_id: str
    connector: str
    version: int
    form: dict[str, str]
    """Fields that are no secrets."""
    status: Literal["unchecked", "working", "reauth_required", "failing"]
    status_detail: str = ""
    waits_until: datetime | None = None
    """The vendor's own limit is reached: it goes on then by itself."""


class SaveConnection(Edit[ConnectionView]):
    """Store a partner's credentials in the PSA; they are encrypted and never come back."""

    services: ClassVar[tuple[str, ...]] = CONNECTORS
    name: ClassVar[str] = "save_connection"

    connection_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    form: dict[str, str]
    """Fields of the manifest's connection form."""


class CheckConnection(ConnectorQuery[ConnectionView]):
    """Try the credentials on the live PSA now."""

    name: ClassVar[str] = "check"

    connection_id: str


class Connections(Model):
    """Answer to `ListConnections`."""

    connections: tuple[ConnectionView, ...]
    next_cursor: str | None = None


class ListConnections(ConnectorQuery[Connections]):
    """All connections of the partner in this connector; with `EVERY_PARTNER` all, page by page."""

    name: ClassVar[str] = "connections"

    page: Page | None = None
    """Of a single partner's there are no pages."""


class LedgerRow(Model):
    """One write unit on the ledger."""

    tenant_id: str
    external_key: str
    generation: int
    offsets: int = 0
    """Generation whose billed record this one takes back; 0 for one that bills charges."""
    state: Literal[
        "intended", "sending", "written", "verified", "failed", "drifted", "duplicated", "removed"
    ]
    ref: str | None
    label: str
    amount: str
    history: tuple[dict[str, Any], ...]


class LedgerRows(Model):
    """Answer to `LedgerQuery`."""

    rows: tuple[LedgerRow, ...]


class LedgerQuery(ConnectorQuery[LedgerRows]):
    """What the connector wrote for an invoice, row by row."""

    name: ClassVar[str] = "ledger"

    invoice_key: str
    tenant_id: str | None = None
    """Of this tenant alone: every request and answer, which those of a large invoice leave out."""
