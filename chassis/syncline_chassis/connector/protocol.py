"""What a connector brings: knowledge of its vendor, and nothing else.

The kit decides what to write and when; a session reads and writes the live PSA for it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, Self, runtime_checkable

from syncline_contracts.charge import ChargeSet
from syncline_contracts.query import PickItem
from syncline_contracts.tenant import WriteAction

from syncline_chassis.connector.limits import Gate
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.errors import SynclineError

Canonical = dict[str, object]
"""What is compared: text, lists and dictionaries only; amounts as text.

A record in the PSA may have more fields than what was written: those are not compared.
"""


Renew = Callable[[Mapping[str, str]], Awaitable[Mapping[str, str] | None]]
"""Gets the form as it is stored now; gives the secrets to store, None where they are still good."""


class Keeper(Protocol):
    """Keeps secrets that the vendor replaces, such as a rotating token, for all replicas."""

    async def renew(self, renew: Renew) -> Mapping[str, str]:
        """The connection's secrets afterwards: stored, encrypted, before this returns.

        One replica at a time; the next one is given what the former one stored. A secret of the
        form stays replaced until a person enters another one; any other lasts until the next save.

        Raises `TransientError` where somebody changed the connection meanwhile.
        """
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """A partner's access to the PSA; `form` holds its secrets and is never shown."""

    partner_id: str
    connection_id: str
    version: int
    form: Mapping[str, str] = field(repr=False)
    keeper: Keeper | None = field(default=None, repr=False, compare=False)
    """Given by the kit; secrets of `form` that were replaced since are there, not here."""


@dataclass(frozen=True, slots=True)
class Within:
    """What a search is narrowed to; empty where it is not."""

    client_id: str = ""
    """Of the PSA: only what belongs to this client."""
    currency: str = ""
    """Only what can be billed in it, where the PSA says so beforehand."""


ANYWHERE = Within()


@dataclass(frozen=True, slots=True)
class Unit:
    """One record that we write, and the name by which it is found without an id."""

    name: str
    """Stable within a tenant on an invoice; part of the ledger's key."""
    external_key: str
    label: str
    """What a person calls the record, with the key in it; it stays once the ledger knows it."""
    generation: int = 1
    """The kit counts the records that the unit has had."""
    offsets: int = 0
    """Generation whose billed record it takes back."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record in the PSA that is ours."""

    ref: str
    external_key: str
    label: str
    status: str
    locked: bool
    """No longer a draft: it must not be changed."""
    gone: bool
    """Deleted or voided."""
    canonical: Canonical
    amount: Decimal
    """Before tax, as the PSA states it."""
    url: str = ""
    private: object = field(default=None, repr=False, compare=False)
    """Whatever the connector needs again to change the record."""


@dataclass(frozen=True, slots=True)
class Target:
    """A unit with what stands in the PSA now and what we wrote last."""

    unit: Unit
    current: Record | None = None
    written: Canonical | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What one tenant is to be billed on one invoice."""

    charges: ChargeSet
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class DesiredRecord:
    """A record as it should be, and the exact request that makes it so."""

    unit: Unit
    canonical: Canonical
    amount: Decimal
    request: dict[str, object]
    """Method, path, query, body; amounts as text; no secrets."""
    notes: Canonical = field(default_factory=dict)
    """Shown beside the canonical form, not compared."""


@dataclass(frozen=True, slots=True)
class Write:
    """One approved write, as it goes to the vendor."""

    action: WriteAction
    external_key: str
    label: str
    ref: str | None
    request: dict[str, object]


@dataclass(frozen=True, slots=True)
class Written:
    """The vendor stored it."""

    record: Record
    answer: dict[str, object]


@dataclass(frozen=True, slots=True)
class Removed:
    """The record is no longer there, or no longer counts."""

    answer: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Undone:
    message: str
    answer: Mapping[str, object] = field(default_factory=dict)
    """As it came, where there was one."""

    @classmethod
    def of(cls, error: SynclineError) -> Self:
        """What an error says."""
        return cls(str(error), error.answer or {})


class Refused(_Undone):
    """The vendor said no to this element, and why."""


class Lost(_Undone):
    """The answer does not say what became of this element."""


Outcome = Written | Removed | Refused | Lost


class Session(Protocol):
    """Speaks to one partner's PSA. Errors are those of the chassis, never the HTTP library's."""

    async def check(self) -> str:
        """Try the credentials; what they open, in words."""
        ...

    async def search(self, name: str, text: str, within: Within = ANYWHERE) -> Sequence[PickItem]:
        """Search a pick list of the manifest; a list that belongs to nobody is never narrowed."""
        ...

    def units(self, charges: ChargeSet, key: Callable[[str], str]) -> Sequence[Unit]:
        """The records that these charges become, none for nothing; `key` gives external keys."""
        ...

    async def find(self, units: Sequence[Unit]) -> Mapping[str, Sequence[Record]]:
        """All records that carry these keys, by key; batched."""
        ...

    async def read(self, refs: Sequence[str]) -> Mapping[str, Record | None]:
        """Records by the PSA's id, None where there is none any more; batched."""
        ...

    async def prepare(self, bills: Sequence[Bill]) -> None:
        """Read, once for all of them, what `desired` has to know of the PSA."""
        ...

    def desired(self, bill: Bill) -> Sequence[DesiredRecord]:
        """Every record of a bill. Raises `RejectedError` in words where the PSA would refuse."""
        ...

    def removal(self, record: Record) -> dict[str, object]:
        """The exact request that takes away a record that is not locked."""
        ...

    async def offset(self, unit: Unit, record: Record) -> DesiredRecord:
        """The record `unit` that takes back a locked one: as much, with the other sign.

        Raises `RejectedError` in words where the PSA would refuse.
        """
        ...

    async def write(self, writes: Sequence[Write], attempt_key: str) -> Sequence[Outcome]:
        """Send writes of one action in one call; an outcome for each, in their order.

        A delete of what is gone already is `Removed` as well.

        Raises `UnknownOutcomeError` where they may have been stored; any other error of the
        chassis promises that none was.
        """
        ...


@dataclass(frozen=True, slots=True)
class Consented:
    """What a person's consent ended with."""

    code: str = field(repr=False)
    redirect_uri: str
    verifier: str = field(repr=False)
    """Of PKCE."""


@runtime_checkable
class Consenting(Protocol):
    """A connector whose manifest has a `consent`, beside what every one is."""

    def consent_page(
        self, connection: Connection, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """Address at the vendor where a person consents; `challenge` is of PKCE, by S256."""
        ...

    async def exchange(self, connection: Connection, consented: Consented) -> Mapping[str, str]:
        """Fields of the form that the consent gives; an empty one is taken out.

        Raises `ReauthRequiredError` in words where the vendor does not take the code.
        """
        ...


class Connector(Protocol):
    """One vendor."""

    @property
    def manifest(self) -> Manifest:
        """See `Manifest`."""
        ...

    def open(self, connection: Connection, gate: Gate) -> AbstractAsyncContextManager[Session]:
        """A session; every call to the vendor goes through the gate."""
        ...

    async def close(self) -> None:
        """Let go of HTTP connections."""
        ...
