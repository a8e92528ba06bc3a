"""Every decision of a person."""

from syncline_contracts.mapping_query import AuditEntries, AuditLog

from syncline_portal.guard import TheCall, may, router

routes = router("audit")


@routes.get("/partners/{partner_id}/audit", openapi_extra=may("viewer"))
async def list_audit_entries(call: TheCall, partner_id: str) -> AuditEntries:
    """Decisions on partner, mappings, syncs and access; newest first."""
    decided = await call.ask(AuditLog(partner_id=partner_id))
    access = await call.portal.access.entries(partner_id)
    entries = sorted((*decided.entries, *access), key=lambda entry: entry.at, reverse=True)
    return AuditEntries(entries=tuple(entries))
