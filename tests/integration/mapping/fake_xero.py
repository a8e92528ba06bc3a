"""A connector that keeps its records in memory and answers on the bus."""

from decimal import Decimal
from typing import Any

import orjson
from syncline_chassis.service import Received
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.tenant import (
    ApplyTenantV1,
    PlannedWrite,
    PlanTenantV1,
    ReverseTenantV1,
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantSyncStartedV1,
    TenantVerifiedV1,
    WrittenRecord,
)

MANIFEST = orjson.dumps(
    {
        "name": "xero",
        "version": "1",
        "vocabulary": {"client": "Contact", "agreement": None, "product": "Item"},
        "capabilities": {"negative_totals": False},
        "connection_form": {},
        "limits": {},
        "picks": [],
    }
)


class FakeXero:
    """As long as nothing else is said it does as it is told."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Decimal] = {}
        self.plans: dict[str, PlanTenantV1] = {}
        self.plans_asked: list[PlanTenantV1] = []
        self.applied: list[ApplyTenantV1] = []
        self.off_by: dict[str, Decimal] = {}
        """By stage: how far from the charges this connector is."""
        self.fails = False
        self.has_billed = False
        self.offsets: dict[tuple[str, str], tuple[WrittenRecord, ...]] = {}
        self.holds_apply = False

    async def plan(self, received: Received[PlanTenantV1], uow: UnitOfWork) -> None:
        """Plan one record with the total of the charges."""
        command = received.body
        self.plans_asked.append(command)
        total = command.charge_set.sell + self.off_by.get("plan", Decimal(0))
        before = self.records.get((command.partner_id, command.tenant_id))
        action = "create" if before is None else "unchanged" if before == total else "update"
        plan_hash = f"{command.tenant_id}-{action}-{total}-{before}"
        self.plans[plan_hash] = command
        write = PlannedWrite.model_validate(
            {
                "action": action,
                "external_key": "SL-1",
                "label": "INV-1",
                "amount": total,
                "request": {"method": "PUT", "a.b": {"$set": 1}},
            }
        )
        uow.publish(
            TenantPlannedV1(
                **_about(command),
                charge_set_version=command.charge_set.version,
                plan_hash=plan_hash,
                writes=(write,),
                total=total,
            )
        )

    async def apply(self, received: Received[ApplyTenantV1], uow: UnitOfWork) -> None:
        """Write what was planned, then read it back."""
        command = received.body
        self.applied.append(command)
        if self.holds_apply:
            return
        self.finish(command, uow)

    def finish(self, command: ApplyTenantV1, uow: UnitOfWork) -> None:
        """Say what came of an apply."""
        if self.fails:
            uow.publish(
                TenantSyncFailedV1(
                    **_about(command),
                    stage="apply",
                    code="stale_plan",
                    message="The PSA has moved.",
                    plan_hash=command.plan_hash,
                )
            )
            return
        charges = self.plans[command.plan_hash].charge_set
        self.records[command.partner_id, command.tenant_id] = charges.sell
        total = charges.sell + self.off_by.get("apply", Decimal(0))
        written = _record(total)
        done: dict[str, Any] = {
            "charge_set_version": charges.version,
            "records": (written,),
            "total": total,
        }
        uow.publish(TenantSyncStartedV1(**_about(command), plan_hash=command.plan_hash))
        uow.publish(TenantSyncedV1(**_about(command), **done, plan_hash=command.plan_hash))
        if not self.off_by:
            uow.publish(TenantVerifiedV1(**_about(command), **done))

    async def reverse(self, received: Received[ReverseTenantV1], uow: UnitOfWork) -> None:
        """Take a record away, or say why not."""
        command = received.body
        if self.fails:
            uow.publish(
                TenantSyncFailedV1(
                    **_about(command), stage="reverse", code="locked", message="It is paid."
                )
            )
            return
        total = self.records.pop((command.partner_id, command.tenant_id), None)
        records = () if total is None else (_record(total),)
        tenant = command.partner_id, command.tenant_id
        if self.has_billed and total is not None:
            self.offsets[tenant], records = (_record(-total),), ()
        offsets = self.offsets.get(tenant, ())
        uow.publish(TenantReversedV1(**_about(command), records=records, offsets=offsets))


def _record(amount: Decimal) -> WrittenRecord:
    return WrittenRecord(external_key="SL-1", ref="r", label="INV-1", amount=amount)


def _about(command: PlanTenantV1 | ApplyTenantV1 | ReverseTenantV1) -> dict[str, Any]:
    names = ("partner_id", "connector", "connection_id", "invoice_key", "invoice_no")
    return {name: getattr(command, name) for name in (*names, "tenant_id", "request_id")}
