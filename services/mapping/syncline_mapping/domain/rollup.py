"""Status of an invoice: the roll-up of its tenants' states that the clerk knows.

The first that applies:

    detected          no tenant is known yet
    superseded        every tenant is
    syncing           a tenant is approved or syncing
    detected          a tenant's lines are still arriving or being priced, and nothing is in the PSA
    ready_to_sync     a tenant is ready or planned: there is something to press Sync for
    needs_attention   a tenant drifted: the PSA no longer holds what was written
    partly_synced     some are in the PSA, and others are held, failed or still received
    synced            all that can be are in the PSA; the rest is ignored, reversed or has nothing
                      to bill
    failed            a tenant failed and none is in the PSA
    needs_attention   only held ones are left
    needs_attention   all that was in the PSA is reversed
    synced            nothing is left to do: all are ignored or have nothing to bill
"""

from collections.abc import Mapping

from syncline_contracts.invoice import InvoiceStatus


def roll_up(states: Mapping[str, int]) -> InvoiceStatus:
    """Status of an invoice with so many tenants in each state."""
    present = {state for state, count in states.items() if count > 0}
    if not present:
        return "detected"
    if present == {"superseded"}:
        return "superseded"
    in_the_psa = bool(present & {"synced", "verified"})
    if present & {"approved", "syncing"}:
        return "syncing"
    if "received" in present and not in_the_psa:
        return "detected"
    if present & {"ready", "planned"}:
        return "ready_to_sync"
    return _at_rest(present, in_the_psa)


def _at_rest(present: set[str], in_the_psa: bool) -> InvoiceStatus:
    if "drifted" in present:
        return "needs_attention"
    if in_the_psa:
        return "partly_synced" if present & {"held", "failed", "received"} else "synced"
    if "failed" in present:
        return "failed"
    return "needs_attention" if present & {"held", "reversed"} else "synced"
