"""Pick lists: what a person chooses from."""

from collections.abc import Iterable, Sequence

from syncline_contracts.query import PickItem

from syncline_xero.organisation import Remembered
from syncline_xero.schemas import XeroContact, XeroTenant
from syncline_xero.tracking import Tag

MOST = 100


def contacts(found: Iterable[XeroContact]) -> Sequence[PickItem]:
    """Contacts as Xero found them."""
    return [
        PickItem(
            id=one.contact_id,
            name=one.name,
            detail=one.email_address,
            inactive=one.contact_status not in ("ACTIVE", ""),
            clues=tuple(
                filter(
                    None,
                    (one.email_address, one.account_number, one.contact_number, one.website),
                )
            ),
        )
        for one in found
    ]


def search(name: str, text: str, there: Remembered) -> Sequence[PickItem]:
    """Items, accounts or tax rates that hold every word of the text."""
    words = text.casefold().split()
    kept = [
        item
        for item in _LISTS[name](there)
        if all(word in f"{item.id} {item.name}".casefold() for word in words)
    ]
    return sorted(kept, key=lambda item: (item.inactive, item.name.casefold()))[:MOST]


def _items(there: Remembered) -> list[PickItem]:
    return [
        PickItem(
            id=one.code,
            name=one.name or one.code,
            detail=one.description[:200],
            inactive=one.is_sold is False,
        )
        for one in there.items.values()
    ]


def _accounts(there: Remembered) -> list[PickItem]:
    return [
        PickItem(
            id=one.code,
            name=one.name,
            detail=one.tax_type,
            inactive=one.status not in ("ACTIVE", ""),
        )
        for one in there.accounts.values()
        if one.account_class == "REVENUE" and not one.system_account
    ]


def _tax_rates(there: Remembered) -> list[PickItem]:
    return [
        PickItem(id=one.tax_type, name=one.name, inactive=one.status not in ("ACTIVE", ""))
        for one in there.tax_rates.values()
        if one.can_apply_to_revenue is not False
    ]


def tracking(found: Iterable[Tag], text: str) -> Sequence[PickItem]:
    """Tags that hold the text; the id is what the connection takes."""
    return [
        PickItem(id=tag.text, name=tag.text, inactive=not tag.is_active)
        for tag in found
        if text.casefold().strip() in tag.text.casefold()
    ][:MOST]


def organisations(found: Iterable[XeroTenant]) -> Sequence[PickItem]:
    """What a consent opens; always few."""
    return [PickItem(id=one.tenant_id, name=one.tenant_name or one.tenant_id) for one in found]


_LISTS = {"items": _items, "accounts": _accounts, "tax_rates": _tax_rates}
