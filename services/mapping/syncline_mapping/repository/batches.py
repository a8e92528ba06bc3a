"""Priced batches: one document per batch, with its summary, its lines packed for Show Breakdown.

A batch replaces itself only with the same or newer prices, so a repeated or late one does nothing.
"""

import zlib
from collections.abc import Set
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from syncline_chassis.errors import TransientError
from syncline_chassis.mongo import Collection, Document, DuplicateKeyError, Index
from syncline_contracts.identity import tenant_key
from syncline_contracts.line import LineBatchHead
from syncline_contracts.money import to_text

from syncline_mapping.domain.evaluation import Arrived
from syncline_mapping.domain.summary import ItemSum, KindSum, Summary

BATCHES = "batches"
_OF_ONE_TENANT = (
    ("partner_id", 1),
    ("invoice_key", 1),
    ("tenant_key", 1),
    ("revision", 1),
    ("role", 1),
)
INDEXES = (Index(BATCHES, (*_OF_ONE_TENANT, ("batch_no", 1), ("pricing_version", 1))),)
_ATTEMPTS = 5


class TenantRevision(NamedTuple):
    """Whose lines: those of a tenant on one revision of a partner's invoice."""

    invoice_key: str
    tenant_key: str
    revision: int


async def put(
    rows: Collection,
    batch: LineBatchHead,
    pricing_version: int,
    summary: Summary,
    data: bytes,
    now: datetime,
) -> None:
    """Store a batch unless one with newer prices is there."""
    row_id = "/".join(batch.batch_id())
    content = {
        "tenant_key": tenant_key(batch.tenant_id),
        "invoice_key": batch.invoice_key,
        "revision": batch.revision,
        "role": batch.role,
        "batch_no": batch.batch_no,
        "pricing_version": pricing_version,
        "document_sha256": batch.document_sha256,
        "summary": to_document(summary),
        "body": zlib.compress(data, 1),
        "at": now,
    }
    here = {"_id": row_id, "partner_id": batch.partner_id}
    for _ in range(_ATTEMPTS):
        try:
            await rows.update_one(
                {**here, "pricing_version": {"$lte": pricing_version}},
                {"$set": content},
                upsert=True,
            )
        except DuplicateKeyError:
            # Newer prices are stored, or another replica stored something at this very moment.
            stored = await rows.find_one(here, projection={"pricing_version": 1})
            if stored is not None and stored["pricing_version"] > pricing_version:
                return
        else:
            return
    raise TransientError(f"Batch {row_id} is being stored elsewhere.")


def _of(partner_id: str, invoice_key: str, tenant_key: str, revision: int) -> Document:
    return {
        "partner_id": partner_id,
        "invoice_key": invoice_key,
        "tenant_key": tenant_key,
        "revision": revision,
        "role": "billing",
    }


def _of_all(partner_id: str, tenants: Set[TenantRevision]) -> Document:
    """All of them, and some more: what is not wanted is sorted out after reading."""
    wanted = {
        name: {"$in": sorted({getattr(tenant, name) for tenant in tenants})}
        for name in TenantRevision._fields
    }
    return {"partner_id": partner_id, **wanted, "role": "billing"}


async def how_many(
    rows: Collection, partner_id: str, tenants: Set[TenantRevision]
) -> dict[TenantRevision, int]:
    """Batches that are here, of those tenants that have any."""
    found = await rows.aggregate(
        [
            {"$match": _of_all(partner_id, tenants)},
            {
                "$group": {
                    "_id": {name: f"${name}" for name in TenantRevision._fields},
                    "n": {"$sum": 1},
                }
            },
        ]
    )
    counts = {TenantRevision(**row["_id"]): row["n"] for row in found}
    return {tenant: counts[tenant] for tenant in tenants if tenant in counts}


async def arrived(
    rows: Collection, partner_id: str, tenants: Set[TenantRevision]
) -> dict[TenantRevision, Arrived]:
    """What of tenants is here, without the lines, in memory for the sums alone.

    A batch that comes while this reads may be in or not; it leaves a mark either way.
    """
    found: dict[TenantRevision, Arrived] = {}
    names = dict.fromkeys(TenantRevision._fields, 1)
    async for row in rows.iterate(
        _of_all(partner_id, tenants),
        projection={"_id": 0, **names, "pricing_version": 1, "summary": 1},
    ):
        tenant = TenantRevision(*(row[name] for name in names))
        if tenant in tenants:
            version = row["pricing_version"]
            one = Arrived(1, version, version, from_document(row["summary"]))
            found[tenant] = found[tenant].and_also(one) if tenant in found else one
    return found


async def versions(
    rows: Collection,
    partner_id: str,
    invoice_key: str,
    tenant_key: str,
    revision: int,
    *,
    vendor_item: str | None,
    start: int,
) -> list[tuple[int, int]]:
    """Number and version of prices of a tenant's batches from `start` on.

    Where a vendor item is named, only of those that have it.
    """
    wanted = {
        **_of(partner_id, invoice_key, tenant_key, revision),
        "batch_no": {"$gte": start},
    }
    if vendor_item is not None:
        wanted["summary.names"] = vendor_item
    names = {"_id": 0, "batch_no": 1, "pricing_version": 1}
    found = await rows.find(wanted, projection=names, sort=[("batch_no", 1)])
    return [(row["batch_no"], row["pricing_version"]) for row in found]


async def document(
    rows: Collection, partner_id: str, invoice_key: str, tenant_key: str, revision: int
) -> str | None:
    """Document that a tenant's lines are rows of: one revision is one document."""
    found = await rows.find_one(
        _of(partner_id, invoice_key, tenant_key, revision), projection={"document_sha256": 1}
    )
    return found.get("document_sha256") if found else None


async def lines(
    rows: Collection,
    partner_id: str,
    invoice_key: str,
    tenant_key: str,
    revision: int,
    batch_no: int,
) -> list[dict[str, Any]]:
    """Lines of one batch."""
    row = await rows.find_one(
        {**_of(partner_id, invoice_key, tenant_key, revision), "batch_no": batch_no},
        projection={"body": 1},
    )
    if row is None:
        return []
    found: list[dict[str, Any]] = orjson.loads(zlib.decompress(row["body"]))["lines"]
    return found


def to_document(summary: Summary) -> Document:
    """A summary as it is stored: amounts as exact text, vendor items as a list."""
    return {
        "names": sorted({*summary.items}),
        "items": [
            {
                **asdict(item),
                "cost": to_text(item.cost),
                "rrp": to_text(item.rrp),
                "sell": to_text(item.sell),
                "without_rrp": _kind_document(item.without_rrp),
                "unknown": _kind_document(item.unknown),
            }
            for item in summary.items.values()
        ],
        "kinds": {kind: _kind_document(one) for kind, one in summary.kinds.items()},
    }


def from_document(document: Document) -> Summary:
    """A summary as it was stored."""
    items = {item["vendor_item"]: _item(item) for item in document["items"]}
    return Summary(items, {kind: _kind(one) for kind, one in document["kinds"].items()})


def _item(document: Document) -> ItemSum:
    plain = ItemSum(**document)
    return replace(
        plain,
        cost=Decimal(document["cost"]),
        rrp=Decimal(document["rrp"]),
        sell=Decimal(document["sell"]),
        kinds=tuple(document["kinds"]),
        names=tuple(document["names"]),
        entries=tuple((entry[0], entry[1], entry[2]) for entry in document["entries"]),
        without_rrp=_kind(document["without_rrp"]),
        unknown=_kind(document["unknown"]),
    )


def _kind_document(one: KindSum) -> Document:
    return {"lines": one.lines, "cost": to_text(one.cost)}


def _kind(document: Document) -> KindSum:
    return KindSum(document["lines"], Decimal(document["cost"]))
