"""Where a hold is put right: a page, opened at the very thing."""

from typing import NamedTuple
from urllib.parse import urlencode

from syncline_contracts.identity import Key, TenantId
from syncline_contracts.tenant import Hold

from syncline_portal.look.frame import address


class Place(NamedTuple):
    """A link in words."""

    words: str
    href: str


def place(partner_id: str, invoice_key: Key, tenant_id: TenantId, hold: Hold) -> Place:
    """The place that a hold of a tenant names."""
    item = {"item": hold.vendor_item} if hold.vendor_item else {}
    match hold.fix:
        case "mapping":
            path, asks = address(partner_id, "azure", invoice_key), {"edit": tenant_id}
            return Place("Edit Mappings", _asking(path, asks))
        case "profile":
            path = address(partner_id, "profiles")
            return Place("Azure Billing Profiles", _asking(path, {"tenant": tenant_id, **item}))
        case "connection":
            return Place("Connections", address(partner_id, "connections"))
        case "partner":
            return Place("Settings", address(partner_id, "settings"))
        case _:
            path = address(partner_id, "azure", invoice_key, "tenants", tenant_id)
            return Place("Show Breakdown", _asking(path, item))


def _asking(path: str, asks: dict[str, str]) -> str:
    return f"{path}?{urlencode(asks)}" if asks else path
