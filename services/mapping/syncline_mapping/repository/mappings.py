"""Tenant mappings: which client of the PSA a tenant is. They outlive the invoice."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import tenant_key
from syncline_contracts.mapping_query import MappingView

from syncline_mapping.domain.evaluation import Mapped

MAPPINGS = "mappings"
INDEXES = (Index(MAPPINGS, (("partner_id", 1), ("tenant_id", 1)), unique=True),)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A tenant's mapping; version 0 is one that was never set."""

    tenant_id: str
    version: int = 0
    client_id: str | None = None
    client_name: str = ""
    agreements: dict[str, str] = field(default_factory=dict)

    def to_mapped(self) -> Mapped:
        """What the evaluation of a tenant needs."""
        return Mapped(self.client_id, self.client_name, self.agreements)

    def to_view(self, tenant_name: str = "") -> MappingView:
        """What is told of it."""
        return MappingView(
            tenant_id=self.tenant_id,
            version=self.version,
            client_id=self.client_id,
            client_name=self.client_name,
            agreements=self.agreements,
            tenant_name=tenant_name,
        )


class Mappings:
    """Mappings of one partner at a time."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(MAPPINGS)

    async def get(self, partner_id: str, tenant_id: str) -> Mapping:
        """A tenant's mapping, perhaps one that was never set."""
        row = await self._rows.find_one({"partner_id": partner_id, "tenant_id": tenant_id})
        return _to_mapping(row) if row else Mapping(tenant_id)

    async def of(self, partner_id: str, tenant_ids: Sequence[str]) -> dict[str, Mapping]:
        """Mappings of these tenants that are set."""
        rows = await self._rows.find(
            {"partner_id": partner_id, "tenant_id": {"$in": list(tenant_ids)}}
        )
        return {row["tenant_id"]: _to_mapping(row) for row in rows}

    async def all(self, partner_id: str) -> list[Mapping]:
        """Every mapping of a partner, by tenant."""
        rows = await self._rows.find({"partner_id": partner_id}, sort=[("tenant_id", 1)])
        return [_to_mapping(row) for row in rows]

    async def save(self, partner_id: str, mapping: Mapping) -> None:
        """Store a mapping."""
        await self._rows.replace_one(
            {"_id": f"{partner_id}/{tenant_key(mapping.tenant_id)}", "partner_id": partner_id},
            {
                "partner_id": partner_id,
                "tenant_id": mapping.tenant_id,
                "version": mapping.version,
                "client_id": mapping.client_id,
                "client_name": mapping.client_name,
                # As pairs: a vendor item may hold a dot, which a field name may not.
                "agreements": sorted(mapping.agreements.items()),
            },
            upsert=True,
        )


def _to_mapping(row: Document) -> Mapping:
    return Mapping(
        row["tenant_id"],
        row["version"],
        row["client_id"],
        row["client_name"],
        dict(row["agreements"]),
    )
