"""What a tenant's charges were a month before, for comparison."""

from datetime import date, timedelta
from decimal import Decimal

from syncline_chassis.errors import ProblemError
from syncline_contracts.mapping_query import GetTenant, InvoiceView, ListInvoices

from syncline_portal.visit import Visit


async def last_month(
    visit: Visit, invoice: InvoiceView, tenant_id: str
) -> dict[str, Decimal] | None:
    """Sell by vendor item on the invoices of the same source; None where there was none."""
    query = ListInvoices(
        partner_id=visit.partner_id, billing_month=month_before(invoice.billing_month)
    )
    alike = [
        one
        for one in (await visit.ask(query)).invoices
        if (one.source_id, one.currency, one.amends) == (invoice.source_id, invoice.currency, "")
    ]
    if not alike:
        return None
    sells: dict[str, Decimal] = {}
    for one in alike:
        for item, sell in (await _sells(visit, one.invoice_key, tenant_id)).items():
            sells[item] = sells.get(item, Decimal(0)) + sell
    return sells


def month_before(billing_month: str) -> str:
    """`2026-01` becomes `2025-12`."""
    first = date.fromisoformat(f"{billing_month}-01")
    return f"{first - timedelta(days=1):%Y-%m}"


async def _sells(visit: Visit, invoice_key: str, tenant_id: str) -> dict[str, Decimal]:
    query = GetTenant(partner_id=visit.partner_id, invoice_key=invoice_key, tenant_id=tenant_id)
    try:
        found = await visit.ask(query)
    except ProblemError as error:
        if error.status == 404:
            return {}
        raise
    return {one.vendor_item: Decimal(one.sell) for one in found.charges}
