"""Plan and approve: what is asked of the connector, and what a person has to agree to first.

The command, the tenant's facts and the audit entry are one transaction.
"""

from dataclasses import dataclass

from syncline_chassis import audit
from syncline_chassis.clock import Clock
from syncline_chassis.errors import ConflictError
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.charge import ChargeSet
from syncline_contracts.identity import new_id
from syncline_contracts.money import to_text
from syncline_contracts.plan_query import (
    Approval,
    Approved,
    ApprovePlans,
    PlansRequested,
    RequestPlans,
    ReverseTenants,
    SkippedTenant,
)
from syncline_contracts.reprice_query import RepriceTenants
from syncline_contracts.tenant import ApplyTenantV1, PlanTenantV1, TenantState

from syncline_mapping.domain import facts as known
from syncline_mapping.domain.counted import counted
from syncline_mapping.domain.newer_prices import sold
from syncline_mapping.domain.state import derive, is_undone, plan_is_current, psa_is_current
from syncline_mapping.repository.invoices import Invoice, Invoices
from syncline_mapping.repository.marks import Marks
from syncline_mapping.repository.partners import Partners
from syncline_mapping.repository.plans import Plans
from syncline_mapping.repository.tenants import Change, Row, Tenants

PLANNABLE = frozenset({"ready", "planned", "failed", "synced", "verified", "drifted", "reversed"})
_MOVING = "Something about it changed just now. Look at it again in a moment."
WHY_NOT = {
    "received": "Its lines are still arriving, or are being priced.",
    "held": "It is held. See its holds for what to do.",
    "approved": "It is being synced right now.",
    "syncing": "It is being synced right now.",
    "superseded": "A newer revision of the invoice no longer has it.",
    "ignored": "It is ignored. Take that back first.",
    "nothing_to_bill": "There is nothing to bill.",
}


@dataclass(frozen=True, slots=True)
class Way:
    """Where a partner's writes go."""

    connector: str
    connection_id: str


class Syncing:
    """Handlers of the two halves of Sync Now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def request_plans(self, edit: RequestPlans, uow: UnitOfWork) -> PlansRequested:
        """Have plans made for every tenant that can have one."""
        invoice = await invoice_of(edit, uow)
        rows = await Tenants(uow).of_invoice(edit.partner_id, edit.invoice_key, edit.tenant_ids)
        skipped = [] if edit.tenant_ids is None else missing(edit.tenant_ids, rows)
        way = await way_of(edit.partner_id, uow)
        request_id, asked = new_id(), list[Change]()
        for row in rows:
            why = _why_no_plan(row, way)
            if is_undone(row.facts) and edit.tenant_ids is None:
                why = "It was reversed. Name it to have it synced again."
            if why:
                skipped.append(skip(row, why))
            elif way is not None and row.facts.charge_set is not None:
                asked.append(self._ask(uow, row, row.facts.charge_set, way, request_id))
        await Tenants(uow).save_all(asked, self._clock.now())
        await Plans(uow).ask([one.row for one in asked], request_id, self._clock.now())
        if asked:
            await self._note(
                uow,
                edit,
                f"Plans were asked for: invoice {invoice.invoice_no}, "
                f"{counted(len(asked), 'tenant')}.",
                {"request_id": request_id, "tenants": [one.row.tenant_id for one in asked]},
            )
        return PlansRequested(
            request_id=request_id,
            requested=tuple(one.row.tenant_id for one in asked),
            skipped=tuple(skipped),
        )

    def _ask(
        self, uow: UnitOfWork, row: Row, charged: known.Charged, way: Way, request_id: str
    ) -> Change:
        planning = known.Planning(request_id=request_id, charge_set_version=charged.version)
        uow.publish(
            PlanTenantV1(
                partner_id=row.partner_id,
                connector=way.connector,
                connection_id=way.connection_id,
                invoice_key=row.invoice_key,
                invoice_no=row.invoice_no,
                tenant_id=row.tenant_id,
                request_id=request_id,
                charge_set=charge_set(row, charged),
            )
        )
        return Change(row, row.facts.but(planning=planning))

    async def approve_plans(self, edit: ApprovePlans, uow: UnitOfWork) -> Approved:
        """Carry out exactly the plans that were shown; refuse what has changed since."""
        invoice = await invoice_of(edit, uow)
        ids = [one.tenant_id for one in edit.approvals]
        rows = await Tenants(uow).of_invoice(edit.partner_id, edit.invoice_key, ids)
        by_id = {row.tenant_id: row for row in rows}
        way = await way_of(edit.partner_id, uow)
        moving = await Marks(uow).rows_of(edit.partner_id, edit.invoice_key)
        refused, idle = missing(ids, rows), []
        approved: dict[str, known.Planned] = {}
        changes: list[Change] = []
        for approval in edit.approvals:
            row = by_id.pop(approval.tenant_id, None)  # named twice, it counts once
            if row is None:
                continue
            plan, why = _approvable(row, approval, way)
            if row.row_id in moving:
                refused.append(skip(row, _MOVING, is_passing=True))
            elif plan is None:
                refused.append(skip(row, why))
            elif _has_nothing_to_write(row, plan):
                idle.append(row.tenant_id)
            else:
                approved[row.tenant_id] = plan
                changes.append(self._apply(uow, row, plan, edit.actor))
        await Tenants(uow).save_all(changes, self._clock.now())
        if approved:
            await self._note(
                uow,
                edit,
                f"Plans were approved: invoice {invoice.invoice_no}, "
                f"{counted(len(approved), 'tenant')}.",
                {"tenants": [_agreed(tenant, plan) for tenant, plan in approved.items()]},
            )
        return Approved(
            approved=tuple(approved), nothing_to_write=tuple(idle), refused=tuple(refused)
        )

    def _apply(self, uow: UnitOfWork, row: Row, plan: known.Planned, actor: str) -> Change:
        charged, request_id = row.facts.charge_set, new_id()
        approval = known.Approved(
            connector=plan.connector,
            connection_id=plan.connection_id,
            request_id=request_id,
            plan_request_id=plan.request_id,
            plan_hash=plan.plan_hash,
            charge_set_version=plan.charge_set_version,
            digest=charged.digest if charged else "",
            total=plan.total,
            actions=plan.actions,
            actor=actor,
            at=self._clock.now(),
            prices=row.facts.prices,
            sold=sold(charged.charges if charged else ()),
        )
        uow.publish(
            ApplyTenantV1(
                partner_id=row.partner_id,
                connector=plan.connector,
                connection_id=plan.connection_id,
                invoice_key=row.invoice_key,
                invoice_no=row.invoice_no,
                tenant_id=row.tenant_id,
                request_id=request_id,
                plan_hash=plan.plan_hash,
                approved_by=actor,
            )
        )
        return Change(row, row.facts.but(approval=approval, planning=None, failure=None))

    async def _note(
        self,
        uow: UnitOfWork,
        edit: RequestPlans | ApprovePlans,
        what: str,
        after: dict[str, object],
    ) -> None:
        await audit.note(
            uow,
            edit.partner_id,
            self._clock.now(),
            actor=edit.actor,
            what=what,
            before=None,
            after={"invoice_key": edit.invoice_key, **after},
        )


def charge_set(row: Row, charged: known.Charged) -> ChargeSet:
    """The charges as a connector gets them."""
    return ChargeSet(
        invoice_key=row.invoice_key,
        invoice_no=row.invoice_no,
        revision=charged.revision,
        billing_month=row.billing_month,
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        client_id=charged.client_id or "",
        client_name=charged.client_name,
        currency=charged.currency,
        version=charged.version,
        charges=charged.charges,
        cost=charged.cost,
        rrp=charged.rrp,
        sell=charged.sell,
        residual=charged.residual,
    )


async def invoice_of(
    edit: RequestPlans | ApprovePlans | ReverseTenants | RepriceTenants, uow: UnitOfWork
) -> Invoice:
    """The invoice of an edit, whose trace goes on. Raises `NotFoundError`, `ConflictError`."""
    invoice = await Invoices(uow).get(edit.partner_id, edit.invoice_key)
    uow.trace = invoice.trace
    if edit.expected_version is not None and edit.expected_version != invoice.version:
        raise ConflictError(
            f"Invoice {invoice.invoice_no} has moved on: it is at version {invoice.version}, and "
            f"version {edit.expected_version} was expected. Load it again."
        )
    return invoice


async def way_of(partner_id: str, uow: UnitOfWork) -> Way | None:
    """Where the partner's writes go now."""
    partner = await Partners(uow).get(partner_id)
    if partner is None or not partner.settings.connector or not partner.settings.connection_id:
        return None
    return Way(partner.settings.connector, partner.settings.connection_id)


def _apart_from_drift(row: Row) -> TenantState:
    """A plan looks at the PSA by itself; what else keeps a tenant from billing still does."""
    return derive(row.facts.but(drifted=None)).state


def _why_no_plan(row: Row, way: Way | None) -> str:
    """Why no plan can be made, in words; empty when one can."""
    state = _apart_from_drift(row)
    if state not in PLANNABLE:
        return WHY_NOT[state]
    charged, done = row.facts.charge_set, row.facts.synced or row.facts.tried
    if row.superseded:
        return WHY_NOT["superseded"]
    if way is None:
        return "The partner has no connection to a PSA. Choose one in the register."
    if done is not None and (done.connector, done.connection_id) != (
        way.connector,
        way.connection_id,
    ):
        return (
            f"It was sent through {done.connector} connection {done.connection_id!r}, and the "
            f"partner now uses {way.connector} connection {way.connection_id!r}. It has to be "
            "reversed there before it can be synced here."
        )
    if charged is None or (charged.connector, charged.connection_id) != (
        way.connector,
        way.connection_id,
    ):
        return "The partner's connection changed just now. Ask again in a moment."
    if charged.client_id is None:
        return "It is not mapped to a client any more. Map it first."
    return ""


def _approvable(row: Row, approval: Approval, way: Way | None) -> tuple[known.Planned | None, str]:
    """The plan that the approval names, or why it cannot be carried out, in words."""
    plan = row.facts.plan
    if row.facts.approval is not None:
        return None, WHY_NOT["approved"]
    state = _apart_from_drift(row)
    if state not in PLANNABLE:
        return None, WHY_NOT[state]
    if plan is None:
        return None, "It has no plan, or its plan is void. Ask for one."
    if plan.plan_hash != approval.plan_hash:
        return None, "There is another plan than the one that was shown. Look at that one."
    if not plan_is_current(row.facts):
        return None, "Its charges changed since the plan was made. Ask for a new plan."
    if way is None or (plan.connector, plan.connection_id) != (way.connector, way.connection_id):
        return None, "The partner's connection changed since the plan was made. Plan again."
    return plan, ""


def _has_nothing_to_write(row: Row, plan: known.Planned) -> bool:
    """An empty plan of what is not synced yet is still carried out, so that the ledger settles."""
    in_place = row.state in ("synced", "verified") and psa_is_current(row.facts)
    return plan.writes == 0 and in_place


def _agreed(tenant_id: str, plan: known.Planned) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "plan_hash": plan.plan_hash,
        "total": to_text(plan.total),
        "actions": plan.actions,
    }


def skip(row: Row, why: str, *, is_passing: bool = False) -> SkippedTenant:
    """Say why nothing is done about a tenant."""
    return SkippedTenant(
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        state=row.state,
        why=why,
        is_passing=is_passing,
    )


def missing(ids: list[str] | tuple[str, ...], rows: list[Row]) -> list[SkippedTenant]:
    """Tenants that were named and are not on the invoice."""
    here = {row.tenant_id for row in rows}
    return [
        SkippedTenant(
            tenant_id=tenant_id,
            tenant_name="",
            state="superseded",
            why="This invoice has no such tenant.",
        )
        for tenant_id in dict.fromkeys(ids)
        if tenant_id not in here
    ]
