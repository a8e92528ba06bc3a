"""Tenants on invoices: facts, and the state derived from them.

`evaluated_seq` counts the evaluations. Whoever evaluates reads it before everything else and stores
only if it still stands there, so a view of yesterday never replaces one of today.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from syncline_chassis.errors import NotFoundError
from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import EVERY_PARTNER, tenant_key
from syncline_contracts.invoice import TenantManifest
from syncline_contracts.money import to_text
from syncline_contracts.stuck_query import PASSING
from syncline_contracts.tenant import TenantHeldV1, TenantReadyV1, TenantState

from syncline_mapping.domain import hops, tie_out
from syncline_mapping.domain.facts import Facts
from syncline_mapping.domain.state import derive
from syncline_mapping.repository.batches import TenantRevision
from syncline_mapping.repository.marks import Marks

TENANTS = "tenants"

INDEXES = (
    Index(TENANTS, (("partner_id", 1), ("invoice_key", 1), ("tenant_name", 1), ("_id", 1))),
    Index(TENANTS, (("partner_id", 1), ("tenant_id", 1))),
    Index(TENANTS, (("partner_id", 1), ("state", 1))),
    Index(TENANTS, (("state", 1),)),
    Index(TENANTS, (("sums.ties", 1), ("since", 1), ("_id", 1)), partial={"sums.ties": False}),
)

UNTIED: Document = {
    "sums.ties": False,
    "facts.superseded": {"$ne": True},
    "state": {"$ne": "ignored"},
}
"""Rows whose sums do not tie and should; what is synced and superseded keeps its state."""


@dataclass(frozen=True, slots=True)
class Row:
    """A tenant on an invoice, as stored."""

    row_id: str
    partner_id: str
    invoice_key: str
    invoice_no: str
    billing_month: str
    currency: str
    tenant_id: str
    tenant_key: str
    tenant_name: str
    facts: Facts
    state: TenantState
    changed: bool
    version: int
    since: datetime
    evaluated_seq: int
    revision: int
    invoice_revision: int
    manifest: TenantManifest | None
    told: str = ""
    reprice_wanted: str = ""
    """`<revision>/<version of prices>` that its lines wait for, or waited for last."""
    held_since: datetime | None = None
    """Since when a person is waited for, however often newer lines or prices came meanwhile."""

    @property
    def lines(self) -> TenantRevision:
        """Which lines are behind its charges."""
        return TenantRevision(self.invoice_key, self.tenant_key, self.revision)

    @property
    def superseded(self) -> bool:
        """A newer revision of the invoice no longer has the tenant."""
        return 0 < self.revision < self.invoice_revision


@dataclass(frozen=True, slots=True)
class Change:
    """New facts of a row, and further fields to store with them."""

    row: Row
    facts: Facts
    extra: Document = field(default_factory=dict)


def row_id(partner_id: str, invoice_key: str, tenant_id: str) -> str:
    """Identity of a tenant on an invoice."""
    return f"{partner_id}/{invoice_key}/{tenant_key(tenant_id)}"


def fresh(partner_id: str, invoice_key: str, manifest: TenantManifest, now: datetime) -> Document:
    """Fields of a row that the manifest makes: nothing came yet."""
    facts = Facts(lines=manifest.lines, document_cost=tie_out.document_cost(manifest))
    return {
        "partner_id": partner_id,
        "invoice_key": invoice_key,
        "tenant_id": manifest.tenant_id,
        "tenant_key": tenant_key(manifest.tenant_id),
        "facts": orjson.loads(facts.model_dump_json(exclude_defaults=True)),
        "sums": sums(facts),
        "state": "received",
        "changed": False,
        "version": 0,
        "since": now,
        "evaluated_seq": 0,
    }


class Tenants:
    """Rows of one partner at a time."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._rows = uow.collection(TENANTS)

    async def get(self, partner_id: str, invoice_key: str, tenant_id: str) -> Row:
        """A row. Raises `NotFoundError`."""
        row = await self.find(partner_id, row_id(partner_id, invoice_key, tenant_id))
        if row is None:
            raise NotFoundError(
                f"There is no tenant {tenant_id} on invoice {invoice_key} of this partner."
            )
        return row

    async def find(self, partner_id: str, row_id: str) -> Row | None:
        """A row, if it is there."""
        document = await self._rows.find_one({"_id": row_id, "partner_id": partner_id})
        return to_row(document) if document else None

    async def of_invoice(
        self, partner_id: str, invoice_key: str, tenant_ids: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of an invoice by tenant name; superseded ones come with them."""
        wanted: Document = {"partner_id": partner_id, "invoice_key": invoice_key}
        if tenant_ids is not None:
            wanted["tenant_id"] = {"$in": list(tenant_ids)}
        found = await self._rows.find(wanted, sort=[("tenant_name", 1), ("_id", 1)])
        return [to_row(document) for document in found]

    async def names(self, partner_id: str, tenant_ids: Sequence[str]) -> dict[str, str]:
        """Names of tenants, as the newest invoice of each has it."""
        found = await self._rows.aggregate(
            [
                {"$match": {"partner_id": partner_id, "tenant_id": {"$in": list(tenant_ids)}}},
                {"$sort": {"billing_month": 1, "_id": 1}},
                {"$group": {"_id": "$tenant_id", "name": {"$last": "$tenant_name"}}},
            ]
        )
        return {row["_id"]: row["name"] for row in found}

    async def in_states(self, partner_id: str, states: Sequence[str]) -> list[Row]:
        """Rows of a partner in one of these states."""
        found = await self._rows.find({"partner_id": partner_id, "state": {"$in": list(states)}})
        return [to_row(document) for document in found]

    async def stuck(self, partner_id: str, before: datetime, limit: int) -> list[Row]:
        """Rows that are in a passing state since before that, the longest first."""
        passing = {"state": {"$in": list(PASSING)}, "since": {"$lt": before}}
        return await self._longest({**_whose(partner_id), **passing}, limit)

    async def untied(self, partner_id: str, limit: int) -> list[Row]:
        """Rows whose sums do not tie, the longest first: those that the metrics count."""
        return await self._longest({**_whose(partner_id), **UNTIED}, limit)

    async def _longest(self, wanted: Document, limit: int) -> list[Row]:
        found = await self._rows.find(wanted, sort=[("since", 1), ("_id", 1)], limit=limit)
        return [to_row(document) for document in found]

    async def mark(self, partner_id: str, wanted: Document) -> None:
        """Have rows evaluated anew."""
        found = await self._rows.find(
            {"partner_id": partner_id, **wanted}, projection={"invoice_key": 1}
        )
        await Marks(self._uow).tenants(partner_id, found)

    async def save(self, row: Row, facts: Facts, now: datetime) -> Row:
        """Store facts and what follows from them, and say so if that is news.

        Belongs in a transaction that read `row` itself.
        """
        (after,) = await self.save_all([Change(row, facts)], now)
        return after

    async def save_all(self, changes: Sequence["Change"], now: datetime) -> list[Row]:
        """Save many rows in one write; see `save`."""
        saved, updates, news = [], [], set()
        for change in changes:
            before = change.row
            after, is_news = _after(before, change.facts, now)
            if is_news and after.told != before.told:
                self._tell(after)
            if is_news:
                news.add((before.partner_id, before.invoice_key))
            here = {"_id": before.row_id, "partner_id": before.partner_id}
            updates.append((here, {"$set": {**_stored(after), **change.extra}}))
            saved.append(after)
        await self._rows.bulk_upsert(updates)
        for partner_id, invoice_key in sorted(news):
            await Marks(self._uow).invoice(partner_id, invoice_key)
        return saved

    def _tell(self, row: Row) -> None:
        facts, charged = row.facts, row.facts.charge_set
        about: dict[str, Any] = {
            "partner_id": row.partner_id,
            "invoice_key": row.invoice_key,
            "invoice_no": row.invoice_no,
            "tenant_id": row.tenant_id,
            "version": row.version,
        }
        if row.state == "held":
            self._uow.publish(TenantHeldV1(**about, cost=facts.document_cost, holds=facts.holds))
        elif charged is not None:
            self._uow.publish(
                TenantReadyV1(
                    **about,
                    charge_set_version=charged.version,
                    changed=row.changed,
                    cost=charged.cost,
                    rrp=charged.rrp,
                    sell=charged.sell,
                )
            )


def to_row(document: Document) -> Row:
    """A row as it was stored."""
    revision = int(document.get("revision", 0))
    manifest = document.get("manifests", {}).get(str(revision))
    return Row(
        row_id=document["_id"],
        partner_id=document["partner_id"],
        invoice_key=document["invoice_key"],
        invoice_no=document.get("invoice_no", ""),
        billing_month=document.get("billing_month", ""),
        currency=document.get("currency", ""),
        tenant_id=document["tenant_id"],
        tenant_key=document["tenant_key"],
        tenant_name=document["tenant_name"],
        facts=Facts.model_validate_json(orjson.dumps(document.get("facts", {}))),
        state=document["state"],
        changed=document["changed"],
        version=document["version"],
        since=document["since"],
        evaluated_seq=int(document["evaluated_seq"]),
        revision=revision,
        invoice_revision=int(document.get("invoice_revision", 0)),
        manifest=TenantManifest.model_validate(manifest) if manifest else None,
        told=document.get("told", ""),
        reprice_wanted=document.get("reprice_wanted", ""),
        held_since=document.get("held_since"),
    )


def sums(facts: Facts) -> Document:
    """What an invoice's roll-up adds up, as exact text."""
    charged = facts.charge_set
    found: Document = {
        "lines": facts.lines,
        "document_cost": to_text(facts.document_cost),
        "ties": hops.ties(facts),
    }
    if facts.complete and charged is not None:
        found |= {
            "lines_cost": to_text(facts.lines_cost),
            "items_cost": to_text(facts.items_cost),
            "rrp": to_text(charged.rrp),
            "sell_exact": to_text(charged.sell_exact),
            "sell": to_text(charged.sell),
            "residual": to_text(charged.residual),
        }
    totals = {"planned": hops.planned_total(facts), "psa": hops.psa_total(facts)}
    return found | {name: to_text(total) for name, total in totals.items() if total is not None}


def _whose(partner_id: str) -> Document:
    return {} if partner_id == EVERY_PARTNER else {"partner_id": partner_id}


def _after(row: Row, facts: Facts, now: datetime) -> tuple[Row, bool]:
    """The row with new facts, and whether anybody would see a difference."""
    derived = derive(facts)
    is_news = _visible(facts) != _visible(row.facts) or derived.state != row.state
    after = replace(
        row,
        facts=facts,
        state=derived.state,
        changed=derived.changed,
        version=row.version + 1 if is_news else row.version,
        since=row.since if derived.state == row.state else now,
        held_since=_held_since(row, derived.state, now),
    )
    if is_news and derived.state in ("held", "ready"):
        after = replace(after, told=_topic(after))
    return after, is_news


def _held_since(row: Row, state: TenantState, now: datetime) -> datetime | None:
    since = row.held_since
    if since is None and row.state == "held":  # stored before this was noted
        since = row.since
    if state == "held":
        return since or now
    return since if state == "received" else None


def _stored(row: Row) -> Document:
    return {
        "facts": orjson.loads(row.facts.model_dump_json(exclude_defaults=True)),
        "state": row.state,
        "changed": row.changed,
        "version": row.version,
        "since": row.since,
        "held_since": row.held_since,
        "told": row.told,
        "sums": sums(row.facts),
    }


def _visible(facts: Facts) -> Facts:
    """Facts without what nobody sees: that a plan was asked for."""
    return facts.but(planning=None)


def _topic(row: Row) -> str:
    """What is told of a held or ready tenant; told once until it is something else."""
    charged = row.facts.charge_set
    if row.state == "ready":
        return f"ready/{charged.version if charged else 0}/{row.changed}"
    text = orjson.dumps([hold.model_dump(mode="json") for hold in row.facts.holds])
    return f"held/{hashlib.sha256(text).hexdigest()}"
