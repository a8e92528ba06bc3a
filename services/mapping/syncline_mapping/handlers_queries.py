"""What can be asked of mapping."""

from decimal import Decimal

from syncline_chassis import cursor
from syncline_chassis.audit import Audit
from syncline_chassis.errors import NotFoundError
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.audit import ListDecisions
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.mapping_query import (
    AuditEntries,
    AuditLog,
    GetInvoice,
    GetTenant,
    Holds,
    InvoiceDetails,
    Invoices,
    ListHolds,
    ListInvoices,
    ListMappings,
    ListPartners,
    Mappings,
    Partners,
    PartnerView,
    TenantDetails,
)
from syncline_contracts.money import to_text
from syncline_contracts.month_query import ListMonths, Months
from syncline_contracts.plan_query import PlanProgress, PlansMade
from syncline_contracts.query import Page
from syncline_contracts.stuck_query import ListStuck, Stuck

from syncline_mapping import views
from syncline_mapping.domain.state import WAITING
from syncline_mapping.repository import batches, invoices, mappings, partners, plans, tenants

MOST_DECISIONS = 500
MOST_STUCK = 1000


async def list_partners(query: ListPartners, uow: UnitOfWork) -> Partners:
    """One register entry, or all of them."""
    register = partners.Partners(uow)
    if query.partner_id == EVERY_PARTNER:
        found = await register.all()
    else:
        one = await register.get(query.partner_id)
        if one is None:
            raise NotFoundError(f"There is no partner {query.partner_id}. Save it first.")
        found = [one]
    return Partners(
        partners=tuple(
            PartnerView(partner_id=one.partner_id, version=one.version, settings=one.settings)
            for one in found
        )
    )


async def list_invoices(query: ListInvoices, uow: UnitOfWork) -> Invoices:
    """A page of invoices, newest month first."""
    limit = query.page.limit
    before = cursor.opened(query.page.cursor)
    found = await invoices.Invoices(uow).page(query, before, limit + 1)
    next_cursor = cursor.closed(found[limit - 1].order) if len(found) > limit else None
    return Invoices(
        invoices=tuple(views.invoice_view(one) for one in found[:limit]), next_cursor=next_cursor
    )


async def list_months(query: ListMonths, uow: UnitOfWork) -> Months:
    """Sums of every month."""
    return Months(months=tuple(await invoices.Invoices(uow).months(query.partner_id)))


async def get_invoice(query: GetInvoice, uow: UnitOfWork) -> InvoiceDetails:
    """An invoice with a row per tenant, and the invoices that it belongs to."""
    stored = invoices.Invoices(uow)
    invoice = await stored.get(query.partner_id, query.invoice_key)
    rows = await tenants.Tenants(uow).of_invoice(query.partner_id, query.invoice_key)
    amended = await stored.amended(invoice)
    return InvoiceDetails(
        invoice=views.invoice_view(invoice),
        tenants=tuple(views.tenant_row(row) for row in rows),
        amended=views.related_invoice(amended) if amended else None,
        credit_notes=tuple(map(views.related_invoice, await stored.credit_notes(invoice))),
    )


async def get_tenant(query: GetTenant, uow: UnitOfWork) -> TenantDetails:
    """One tenant: charges, tie-out, plan, drifts."""
    row = await tenants.Tenants(uow).get(query.partner_id, query.invoice_key, query.tenant_id)
    request_id = views.plan_request(row.facts)
    plan = await plans.Plans(uow).view(row, request_id) if request_id else None
    charged, drifted = row.facts.charge_set, row.facts.drifted
    return TenantDetails(
        row=views.tenant_row(row),
        charges=charged.charges if charged else (),
        tie_out=views.tenant_tie_out(row.facts),
        plan=plan,
        drifts=drifted.drifts if drifted else (),
        document_sha256=await batches.document(
            uow.collection(batches.BATCHES),
            *(row.partner_id, row.invoice_key, row.tenant_key, row.revision),
        ),
    )


async def list_holds(query: ListHolds, uow: UnitOfWork) -> Holds:
    """Who waits for a person or is ignored, most money first."""
    waiting = await tenants.Tenants(uow).in_states(query.partner_id, WAITING)
    rows = tuple(sorted(waiting, key=lambda row: _by_money(_money_of(row))))
    more = None
    if query.page is not None:
        rows, more = cursor.cut(rows, query.page, _money_of, _by_money)
    return Holds(rows=tuple(views.hold_row(row) for row in rows), next_cursor=more)


def _money_of(row: tenants.Row) -> str:
    return f"{to_text(abs(row.facts.document_cost))} {row.row_id}"


def _by_money(place: str) -> tuple[Decimal, str]:
    amount, _, row_id = place.partition(" ")
    return -Decimal(amount), row_id


async def list_stuck(query: ListStuck, uow: UnitOfWork) -> Stuck:
    """Who should have moved on."""
    rows = await tenants.Tenants(uow).stuck(query.partner_id, query.before, MOST_STUCK + 1)
    untied = await tenants.Tenants(uow).untied(query.partner_id, MOST_STUCK + 1)
    return Stuck(
        rows=tuple(views.stuck_row(row) for row in rows[:MOST_STUCK]),
        untied=tuple(views.stuck_row(row) for row in untied[:MOST_STUCK]),
        more=max(len(rows), len(untied)) > MOST_STUCK,
    )


async def list_mappings(query: ListMappings, uow: UnitOfWork) -> Mappings:
    """Every mapping of a partner."""
    found, more = tuple(await mappings.Mappings(uow).all(query.partner_id)), None
    if query.page is not None:
        found, more = cursor.cut(found, query.page, lambda one: one.tenant_id)
    names = await tenants.Tenants(uow).names(query.partner_id, [one.tenant_id for one in found])
    shown = tuple(one.to_view(names.get(one.tenant_id, "")) for one in found)
    return Mappings(mappings=shown, next_cursor=more)


async def plan_progress(query: PlanProgress, uow: UnitOfWork) -> PlansMade:
    """How far the plans of one request are."""
    rows = await plans.Plans(uow).of_request(query.partner_id, query.invoice_key, query.request_id)
    if not rows:
        raise NotFoundError(f"No plans of invoice {query.invoice_key} were asked for like that.")
    return PlansMade(pending=sum(row.status == "pending" for row in rows), rows=tuple(rows))


async def audit_log(query: AuditLog, uow: UnitOfWork) -> AuditEntries:
    """Decisions, newest first."""
    newest = ListDecisions(partner_id=query.partner_id, page=Page(limit=MOST_DECISIONS))
    return AuditEntries(entries=(await Audit("mapping").page(newest, uow)).entries)
