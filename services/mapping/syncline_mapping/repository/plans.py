"""Plans by request: pending, made or failed, with the writes as the connector stated them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from syncline_chassis.mongo import Document, Index
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.money import to_text
from syncline_contracts.plan_query import PlanView, TenantPlanRow
from syncline_contracts.stream import THIRTEEN_MONTHS
from syncline_contracts.tenant import PlannedWrite, TenantPlannedV1

from syncline_mapping.domain.facts import Failure
from syncline_mapping.domain.newer_prices import newer_prices
from syncline_mapping.repository.tenants import Row

PLANS = "plans"
INDEXES = (
    Index(PLANS, (("partner_id", 1), ("invoice_key", 1), ("request_id", 1))),
    Index(PLANS, (("at", 1),), expire_after_s=int(THIRTEEN_MONTHS.total_seconds())),
)
_WRITES = TypeAdapter(tuple[PlannedWrite, ...])


@dataclass(frozen=True, slots=True)
class PlanId:
    """A tenant's plan of one request."""

    row: Row
    request_id: str

    def to_filter(self) -> Document:
        """Where it is stored."""
        return {
            "_id": f"{self.row.row_id}/{self.request_id}",
            "partner_id": self.row.partner_id,
        }


class Plans:
    """Plans of one partner at a time."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._rows = uow.collection(PLANS)

    async def ask(self, rows: Sequence[Row], request_id: str, now: datetime) -> None:
        """Note that plans were asked for."""
        await self._rows.insert_many(
            [
                {
                    **PlanId(row, request_id).to_filter(),
                    "invoice_key": row.invoice_key,
                    "tenant_id": row.tenant_id,
                    "tenant_name": row.tenant_name,
                    "request_id": request_id,
                    "status": "pending",
                    "at": now,
                }
                for row in rows
            ]
        )

    async def made(self, row: Row, event: TenantPlannedV1) -> None:
        """Note a plan with its writes, and what of it newer prices make."""
        newer = newer_prices(row.facts)
        await self._rows.update_one(
            PlanId(row, event.request_id).to_filter(),
            {
                "$set": {
                    "status": "made",
                    "plan_hash": event.plan_hash,
                    "charge_set_version": event.charge_set_version,
                    "total": to_text(event.total),
                    "writes": _WRITES.dump_json(event.writes),
                    "newer_prices": newer.model_dump(mode="json") if newer else None,
                }
            },
        )

    async def failed(self, row: Row, request_id: str, failure: Failure) -> None:
        """Note that no plan could be made, or that it may not be used."""
        await self._rows.update_one(
            PlanId(row, request_id).to_filter(),
            {
                "$set": {
                    "status": "failed",
                    "failure": failure.message,
                    "failure_code": failure.code,
                }
            },
        )

    async def of_request(
        self, partner_id: str, invoice_key: str, request_id: str
    ) -> list[TenantPlanRow]:
        """Plans of a request, by tenant name."""
        found = await self._rows.find(
            {"partner_id": partner_id, "invoice_key": invoice_key, "request_id": request_id},
            sort=[("tenant_name", 1), ("_id", 1)],
        )
        return [_to_plan_row(row) for row in found]

    async def view(self, row: Row, request_id: str) -> PlanView | None:
        """A tenant's plan with its writes, if it was made."""
        found = await self._rows.find_one(PlanId(row, request_id).to_filter())
        return _to_view(found) if found else None


def _to_plan_row(row: Document) -> TenantPlanRow:
    return TenantPlanRow(
        tenant_id=row["tenant_id"],
        tenant_name=row["tenant_name"],
        status=row["status"],
        plan=_to_view(row),
        failure=row.get("failure"),
        failure_code=row.get("failure_code"),
    )


def _to_view(row: Document) -> PlanView | None:
    if row["status"] != "made":
        return None
    return PlanView(
        plan_hash=row["plan_hash"],
        charge_set_version=row["charge_set_version"],
        writes=_WRITES.validate_json(row["writes"]),
        total=row["total"],
        newer_prices=row.get("newer_prices"),
    )
