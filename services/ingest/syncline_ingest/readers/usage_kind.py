"""Kind of a daily usage line: the Azure plan's consumption, or a metered marketplace product's."""

from syncline_contracts.line import LineKind

from syncline_ingest.readers.document import STANDARD_ITEMS
from syncline_ingest.readers.recon_kind import KNOWN_CHARGES, Nature, compared, is_third_party

_USUAL_CREDITS = frozenset({"", "partner earned credit applied", "credit not applied"})


def usage_nature(charge_type: str, publisher: str, publisher_id: str, credit_type: str) -> Nature:
    """Nature of a line from cleaned cells; a charge type that is not known makes it `unknown`."""
    charge = compared(charge_type)
    kind: LineKind = "unknown"
    if charge in KNOWN_CHARGES:
        kind = "marketplace" if is_third_party(publisher, publisher_id) else "consumption"
    reason = "" if credit_type.casefold() in _USUAL_CREDITS else credit_type
    return Nature(kind, STANDARD_ITEMS[kind], charge_type, charge, reason)
