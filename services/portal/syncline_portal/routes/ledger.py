"""What was written into the PSA for an invoice, row by row."""

from typing import Annotated

from fastapi import Query
from syncline_chassis.errors import NotFoundError
from syncline_contracts.identity import Key
from syncline_contracts.mapping_query import ListPartners
from syncline_contracts.query import LedgerQuery, LedgerRows

from syncline_portal.guard import TheCall, may, router
from syncline_portal.routes.connections import known

routes = router("ledger")


@routes.get("/partners/{partner_id}/invoices/{invoice_key}/ledger", openapi_extra=may("viewer"))
async def list_ledger_rows(
    call: TheCall,
    partner_id: str,
    invoice_key: Key,
    connector: Annotated[str | None, Query(description="The partner's, unless another")] = None,
    tenant_id: Annotated[
        str | None,
        Query(description="Of this tenant alone; a large invoice shows its requests only so"),
    ] = None,
) -> LedgerRows:
    """Every write unit with its state, reference and history."""
    if connector is None:
        entry = (await call.ask(ListPartners(partner_id=partner_id))).partners[0]
        connector = entry.settings.connector
    if connector is None:
        raise NotFoundError("The partner has no connector yet, so nothing was written.")
    query = LedgerQuery(partner_id=partner_id, invoice_key=invoice_key, tenant_id=tenant_id)
    return await call.ask(query, service=known(connector))
