"""Kind of a reconciliation line, by Microsoft's own rule (invoice formats 2.2), first match."""

import re
from typing import NamedTuple

from syncline_contracts.line import LineKind

from syncline_ingest.readers.document import STANDARD_ITEMS

_MICROSOFT = frozenset({"", "microsoft", "microsoft corporation"})
_SEAT_TERM = re.compile(r"\b(?:one|two|three)[- ](?:month|year)\b", re.I)
_SERVER = re.compile(r"\b(?:windows|sql) server\b", re.I)
_AZURE_PLAN = "azure plan"
CREDIT_TYPE = "customercredit"
KNOWN_CHARGES = frozenset(
    {
        "new",
        "purchase",
        "usage",
        "renew",
        "cyclecharge",
        "changebillingplan",
        "addquantity",
        "removequantity",
        "convert",
        "movequantity",
        "cancelimmediate",
        "cancel",
        "refund",
        CREDIT_TYPE,
    }
)
WHOLE_CYCLE_CHARGES = frozenset({"new", "purchase", "renew", "cyclecharge"})
"""Charges that can be for a whole cycle; every other one is prorated."""


class Nature(NamedTuple):
    """What follows from the cells that many lines share."""

    kind: LineKind
    vendor_item: str
    charge_type: str
    charge: str
    """Charge type as it compares."""
    credit_reason: str


def compared(charge_type: str) -> str:
    """A charge type as it compares: its casing varies inside one file."""
    return charge_type.casefold().replace(" ", "").replace("-", "")


def is_third_party(publisher: str, publisher_id: str) -> bool:
    """Tell whether somebody else than Microsoft publishes it."""
    return bool(publisher_id) and publisher.casefold() not in _MICROSOFT


def recon_nature(
    charge_type: str,
    term: str,
    subscription: str,
    publisher: str,
    publisher_id: str,
    has_end: bool,
    credit_reason: str,
    sku_name: str,
) -> Nature:
    """Nature of a line from cleaned cells; a charge type that is not known makes it `unknown`."""
    charge = compared(charge_type)
    kind: LineKind = "unknown"
    if charge in KNOWN_CHARGES:
        kind = (
            "marketplace"
            if is_third_party(publisher, publisher_id)
            else _kind(charge, term, subscription.casefold(), sku_name, has_end)
        )
    reason = credit_reason or (charge_type if charge == CREDIT_TYPE else "")
    return Nature(kind, STANDARD_ITEMS[kind], charge_type, charge, reason)


def _kind(charge: str, term: str, subscription: str, sku_name: str, has_end: bool) -> LineKind:
    low = term.casefold()
    rules: tuple[tuple[bool, LineKind], ...] = (
        ("reservation" in low, "reservation"),
        ("savings plan" in low, "savings_plan"),
        ("subscription" in low or _is_server_term(low, sku_name), "software_subscription"),
        (_SEAT_TERM.search(term) is not None, "seat"),
        (charge == CREDIT_TYPE and subscription != _AZURE_PLAN, "credit"),
        (not term and not has_end, "perpetual_software"),
    )
    # All that is left is the Azure plan, whatever a partner renamed it to.
    return next((kind for holds, kind in rules if holds), "consumption")


def _is_server_term(term: str, sku_name: str) -> bool:
    # Server products come as subscriptions of a term; a meter of that name has none.
    return _SEAT_TERM.search(term) is not None and _SERVER.search(sku_name) is not None
