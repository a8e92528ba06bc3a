"""What is told of stored rows, in the models of the contracts."""

from decimal import Decimal

from syncline_contracts.mapping_query import (
    HoldRow,
    InvoiceView,
    RelatedInvoice,
    TenantRow,
    TieOut,
)
from syncline_contracts.money import ZERO, to_text
from syncline_contracts.stuck_query import StuckTenant

from syncline_mapping.domain import hops
from syncline_mapping.domain.facts import Charged, Facts
from syncline_mapping.domain.newer_prices import newer_prices
from syncline_mapping.domain.state import failure_is_current
from syncline_mapping.repository.invoices import Invoice
from syncline_mapping.repository.tenants import Row

_COST_HOPS = ("document_cost", "lines_cost", "items_cost")
_NO_PRODUCT = "no_profile_entry"


def invoice_view(invoice: Invoice) -> InvoiceView:
    """An invoice with its sums."""
    sums = invoice.sums

    def amount(name: str) -> str:
        return str(sums.get(name) or "0")

    return InvoiceView(
        invoice_key=invoice.invoice_key,
        invoice_no=invoice.invoice_no,
        billing_month=invoice.billing_month,
        source_id=invoice.source_id,
        currency=invoice.currency,
        revision=invoice.revision,
        status="detected" if invoice.spread_pending else invoice.status,
        version=invoice.version,
        tenants=sums.get("tenants", 0),
        tenants_by_state=invoice.tenants_by_state,
        lines=sums.get("lines", 0),
        cost=amount("document_cost"),
        rrp=amount("rrp"),
        sell=amount("sell"),
        residual=amount("residual"),
        held_cost=amount("held_cost"),
        tie_out=TieOut(
            document_cost=amount("document_cost"),
            lines_cost=amount("lines_cost"),
            charges_cost=amount("items_cost"),
            charges_sell_exact=amount("sell_exact"),
            charges_sell=amount("sell"),
            residual=amount("residual"),
            planned=sums.get("planned"),
            psa=sums.get("psa"),
            ties=_ties(invoice),
        ),
        detected_at=invoice.detected_at,
        amends=invoice.amends,
    )


def related_invoice(invoice: Invoice) -> RelatedInvoice:
    """An invoice in one row beside another one."""
    view = invoice_view(invoice)
    return RelatedInvoice(
        invoice_key=view.invoice_key,
        invoice_no=view.invoice_no,
        billing_month=view.billing_month,
        currency=view.currency,
        status=view.status,
        cost=view.cost,
    )


def _ties(invoice: Invoice) -> bool:
    """While lines are still arriving, the sums of what is here are not compared."""
    sums = invoice.sums
    if not sums.get("ties", True):
        return False
    if not sums.get("tenants") or invoice.tenants_by_state.get("received"):
        return True
    hops_of_cost = {sums.get(name) and Decimal(sums[name]) for name in _COST_HOPS}
    return len(hops_of_cost) == 1


def tenant_row(row: Row) -> TenantRow:
    """A tenant in one row."""
    facts, charged = row.facts, row.facts.charge_set
    codes = {hold.code for hold in facts.holds}
    plan = facts.plan or facts.approval
    failure = facts.failure if failure_is_current(facts) else None
    latest = facts.verified if facts.verified and row.state == "verified" else facts.synced
    return TenantRow(
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        domain=row.manifest.domain if row.manifest else "",
        state=row.state,
        changed=row.changed,
        version=row.version,
        lines=facts.lines,
        cost=to_text(facts.document_cost),
        rrp=_whole(facts, charged.rrp if charged else None),
        sell=_whole(facts, charged.sell if charged else None),
        residual=_whole(facts, charged.residual if charged else None),
        client_id=charged.client_id if charged else None,
        client_name=charged.client_name if charged else None,
        client_mapped=charged is not None and charged.client_id is not None,
        products_mapped=charged is not None and _NO_PRODUCT not in codes,
        holds=facts.holds,
        warnings=facts.warnings,
        plan_hash=plan.plan_hash if plan else None,
        plan_actions=plan.actions if plan else {},
        records=latest.records if latest else (),
        offsets=facts.reversed.offsets if facts.reversed and facts.synced is None else (),
        failure=failure.message if failure else None,
        failure_code=failure.code if failure else None,
        ignored_reason=facts.ignored.reason if facts.ignored else None,
        pricing_version=facts.prices,
        newer_prices=newer_prices(facts),
    )


def _whole(facts: Facts, amount: Decimal | None) -> str | None:
    """A sum that lacks a vendor item would mislead, so there is none then."""
    return None if amount is None or facts.unpriced else to_text(amount)


def tenant_tie_out(facts: Facts) -> TieOut:
    """The hops of one tenant's money."""
    charged = facts.charge_set
    planned, psa = hops.planned_total(facts), hops.psa_total(facts)

    def of(name: str) -> str:
        return to_text(getattr(charged, name) if isinstance(charged, Charged) else ZERO)

    return TieOut(
        document_cost=to_text(facts.document_cost),
        lines_cost=to_text(facts.lines_cost),
        charges_cost=to_text(facts.items_cost),
        charges_sell_exact=of("sell_exact"),
        charges_sell=of("sell"),
        residual=of("residual"),
        planned=to_text(planned) if planned is not None else None,
        psa=to_text(psa) if psa is not None else None,
        ties=hops.ties(facts),
    )


def hold_row(row: Row) -> HoldRow:
    """A waiting tenant."""
    return HoldRow(
        invoice_key=row.invoice_key,
        invoice_no=row.invoice_no,
        billing_month=row.billing_month,
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        state=row.state,
        cost=to_text(row.facts.document_cost),
        since=row.held_since or row.since,
        holds=row.facts.holds,
        ignored_reason=row.facts.ignored.reason if row.facts.ignored else None,
        trouble=_trouble(row),
    )


def _trouble(row: Row) -> str | None:
    failure, drifted = row.facts.failure, row.facts.drifted
    if row.state == "failed" and failure is not None:
        return failure.message
    if row.state == "drifted" and drifted is not None:
        return " ".join(one.what for one in drifted.drifts)
    return None


def stuck_row(row: Row) -> StuckTenant:
    """A tenant that should have moved on."""
    return StuckTenant(
        partner_id=row.partner_id,
        invoice_key=row.invoice_key,
        invoice_no=row.invoice_no,
        tenant_id=row.tenant_id,
        state=row.state,
        since=row.since,
    )


def plan_request(facts: Facts) -> str | None:
    """Request whose plan is shown with a tenant."""
    if facts.approval is not None:
        return facts.approval.plan_request_id
    return facts.plan.request_id if facts.plan is not None else None
