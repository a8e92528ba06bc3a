"""States in the clerk's words, and how they look: never by colour alone."""

from syncline_contracts.invoice import INVOICE_STATUS_WORDS, InvoiceStatus
from syncline_contracts.tenant import TenantState

INVOICE_TONES: dict[InvoiceStatus, str] = {
    "detected": "calm",
    "ready_to_sync": "ready",
    "syncing": "busy",
    "synced": "good",
    "partly_synced": "warn",
    "needs_attention": "warn",
    "failed": "bad",
    "superseded": "calm",
}
TENANT_STATES: dict[TenantState, tuple[str, str]] = {
    "received": ("Being priced", "calm"),
    "held": ("Held", "warn"),
    "ready": ("Ready to Sync", "ready"),
    "planned": ("Ready to Sync", "ready"),
    "approved": ("Syncing", "busy"),
    "syncing": ("Syncing", "busy"),
    "synced": ("Synced", "good"),
    "verified": ("Synced, verified", "good"),
    "failed": ("Failed", "bad"),
    "drifted": ("Changed in the PSA", "bad"),
    "superseded": ("Superseded", "calm"),
    "ignored": ("Ignored", "calm"),
    "nothing_to_bill": ("Nothing to bill", "calm"),
    "reversed": ("Undone", "calm"),
}


def of_invoice(status: InvoiceStatus) -> dict[str, str]:
    """Word and tone of an invoice's status."""
    return {"word": INVOICE_STATUS_WORDS[status], "tone": INVOICE_TONES[status]}


def of_tenant(state: TenantState, changed: bool = False) -> dict[str, str]:
    """Word and tone of a tenant's state."""
    word, tone = TENANT_STATES[state]
    if changed and tone == "ready":
        word = "Ready to Sync (changed)"
    return {"word": word, "tone": tone}
