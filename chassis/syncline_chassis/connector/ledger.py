"""The ledger: what we meant to write, sent, wrote and read back, per write unit.

`intended -> sending -> written -> verified`, or `failed`, `drifted`, `duplicated`. Every step is a
compare-and-set: a worker that lost its lease changes nothing. What ends a generation is said in
`generations`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self

from syncline_contracts.identity import tenant_key
from syncline_contracts.money import to_text
from syncline_contracts.query import LedgerRow
from syncline_contracts.stream import THIRTEEN_MONTHS
from syncline_contracts.tenant import WrittenRecord

from syncline_chassis.connector.exact_json import plain
from syncline_chassis.connector.leases import LeaseLostError
from syncline_chassis.log import redact
from syncline_chassis.mongo import DuplicateKeyError, Index
from syncline_chassis.unit_of_work import UnitOfWork

LEDGER, HISTORY = "ledger", "ledger_history"
INDEXES = (
    Index(LEDGER, (("partner_id", 1), ("invoice_key", 1), ("tenant_id", 1))),
    Index(LEDGER, (("state", 1),)),
    Index(HISTORY, (("partner_id", 1), ("invoice_key", 1), ("row_id", 1), ("step", 1))),
    Index(HISTORY, (("at", 1),), expire_after_s=int(THIRTEEN_MONTHS.total_seconds())),
)
State = Literal[
    "intended", "sending", "written", "verified", "failed", "drifted", "duplicated", "removed"
]
SHOWN = ("tenant_id", "external_key", "generation", "offsets", "state", "ref", "label", "amount")
WHOLE_HISTORY_ROWS = 200
"""Above this an answer with every request in it would be too large for the bus."""


@dataclass(frozen=True, slots=True)
class Row:
    """One write unit of one tenant on one invoice, in one generation."""

    partner_id: str
    connection_id: str
    invoice_key: str
    invoice_no: str
    tenant_id: str
    unit: str
    generation: int
    external_key: str
    label: str
    offsets: int = 0
    """Generation of this unit that it takes back; 0 for one that bills charges."""
    state: State = "intended"
    step: int = 0
    """Rises with every change; 0 is a row not stored yet."""
    ref: str | None = None
    url: str = ""
    amount: Decimal = Decimal(0)
    canonical: dict[str, Any] = field(default_factory=dict)
    """As it was approved, and so as the PSA has to hold it."""
    charge_set_version: int = 1
    plan_hash: str = ""
    sends: int = 0
    is_doubtful: bool = False
    """The answer to a create got lost: it may stand unseen or, once sent again, twice."""
    sent_at: datetime | None = None

    @property
    def row_id(self) -> str:
        """Key of the row."""
        return "/".join(
            (
                self.partner_id,
                self.connection_id,
                self.invoice_key,
                tenant_key(self.tenant_id),
                self.unit,
                str(self.generation),
            )
        )

    @property
    def stands(self) -> bool:
        """We know of a record in the PSA."""
        return self.ref is not None and self.state != "removed"

    @property
    def may_stand(self) -> bool:
        """We know of a record in the PSA, or an answer was lost and it may be there."""
        is_open = self.state == "sending" or (self.is_doubtful and self.state != "removed")
        return self.stands or is_open

    @property
    def doubt(self) -> dict[str, Any]:
        """What to note where a row is no longer `sending` and its answer never came."""
        is_lost = self.state == "sending" and self.ref is None
        return {"is_doubtful": True} if is_lost else {}

    @classmethod
    def load(cls, document: dict[str, Any]) -> Self:
        """Read a document."""
        fields = {name: document[name] for name in cls.__slots__ if name in document}
        return cls(**{**fields, "amount": Decimal(document["amount"])})

    def document(self) -> dict[str, Any]:
        """Write a document, without its history."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "amount": to_text(self.amount)}

    def record(self) -> WrittenRecord:
        """Form in which events speak of it."""
        return WrittenRecord(
            external_key=self.external_key,
            ref=self.ref or "",
            label=self.label,
            amount=self.amount,
            url=self.url,
        )


class Ledger:
    """The ledger within one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(LEDGER)
        self._history = uow.collection(HISTORY)

    async def of_tenants(
        self, partner_id: str, tenants: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], list[Row]]:
        """Rows of tenants on invoices, of every connection."""
        wanted = set(tenants)
        found = await self._rows.find(
            {
                "partner_id": partner_id,
                "invoice_key": {"$in": sorted({invoice for invoice, _ in wanted})},
                "tenant_id": {"$in": sorted({tenant for _, tenant in wanted})},
            }
        )
        rows: dict[tuple[str, str], list[Row]] = {tenant: [] for tenant in wanted}
        for row in map(Row.load, found):
            if (row.invoice_key, row.tenant_id) in rows:
                rows[row.invoice_key, row.tenant_id].append(row)
        return rows

    async def of_invoice(
        self, partner_id: str, invoice_key: str, tenant_id: str | None = None
    ) -> list[LedgerRow]:
        """Rows of an invoice, or of one tenant on it, with their history.

        Many rows come without requests and answers.
        """
        of_it = {"partner_id": partner_id, "invoice_key": invoice_key}
        found = await self._rows.find(
            of_it if tenant_id is None else {**of_it, "tenant_id": tenant_id},
            sort=[("tenant_id", 1), ("unit", 1), ("generation", 1)],
        )
        is_large = len(found) > WHOLE_HISTORY_ROWS
        histories: dict[str, list[dict[str, Any]]] = {}
        async for entry in self._history.iterate(
            {**of_it, "row_id": {"$in": [one["_id"] for one in found]}},
            projection={"entry.request": 0, "entry.answer": 0} if is_large else None,
            sort=[("row_id", 1), ("step", 1)],
        ):
            told = {**entry["entry"], "at": entry["at"].isoformat()}
            histories.setdefault(entry["row_id"], []).append(told)
        return [
            LedgerRow(
                **{name: one[name] for name in SHOWN},
                history=tuple(histories.get(one["_id"], ())),
            )
            for one in found
        ]

    async def step(
        self, row: Row, state: State, at: datetime, *, entry: dict[str, Any], **changes: Any
    ) -> Row:
        """Take one step, and note it. Raises `LeaseLostError` if the row has moved meanwhile."""
        after = replace(row, state=state, step=row.step + 1, **changes)
        document = {**after.document(), "updated_at": at}
        try:
            if row.step == 0:
                await self._rows.insert_one({"_id": row.row_id, "created_at": at, **document})
            else:
                await self._replace(row, document)
            await self._history.insert_one(
                {
                    "_id": f"{row.row_id}/{after.step}",
                    "partner_id": row.partner_id,
                    "invoice_key": row.invoice_key,
                    "row_id": row.row_id,
                    "step": after.step,
                    "at": at,
                    "entry": redact(plain({"state": state, **entry})),
                }
            )
        except DuplicateKeyError as error:
            raise _moved(row) from error
        return after

    async def _replace(self, row: Row, document: dict[str, Any]) -> None:
        outcome = await self._rows.update_one(
            {"_id": row.row_id, "partner_id": row.partner_id, "step": row.step},
            {"$set": document},
        )
        if not outcome.matched:
            raise _moved(row)


def _moved(row: Row) -> LeaseLostError:
    return LeaseLostError(f"Another worker took a step for {row.label}; this one stops.")
