"""Pick lists: what a person chooses from, searched at ConnectWise."""

from collections.abc import Sequence

from syncline_chassis.connector.protocol import Within
from syncline_contracts.query import PickItem

from syncline_connectwise.client import PAGE_SIZE, ConnectWiseClient
from syncline_connectwise.conditions import either, every, holds, is_literal

MOST = 100


async def companies(client: ConnectWiseClient, text: str) -> Sequence[PickItem]:
    """Companies whose name or identifier holds the text."""
    named = either(holds("name", text), holds("identifier", text)) if text else ""
    found = await client.companies(every(named, "deletedFlag=False"), _most(text))
    return _meant(
        text,
        [
            PickItem(
                id=str(one.id),
                name=one.name,
                detail=one.identifier,
                inactive=not one.is_active,
                clues=tuple(filter(None, (one.identifier, one.website, one.account_number))),
            )
            for one in found
        ],
    )


async def agreements(client: ConnectWiseClient, text: str, within: Within) -> Sequence[PickItem]:
    """Active agreements by their own or their company's name; of one company, in one currency.

    One that names no currency is kept: a plan finds out what it bills in.
    """
    if within.client_id and not within.client_id.isdecimal():
        return []
    of_it = f"company/id={within.client_id}" if within.client_id else ""
    named = either(holds("name", text), holds("company/name", text)) if text else ""
    most = PAGE_SIZE if of_it else _most(text)
    found = await client.agreements(every("cancelledFlag=False", of_it, named), most)
    return _meant(
        text,
        [
            PickItem(id=str(one.id), name=one.name, detail=one.company.name)
            for one in found
            if one.agreement_status in ("Active", "")
            and within.currency in ("", one.currency.code or within.currency)
        ],
    )


async def products(client: ConnectWiseClient, text: str) -> Sequence[PickItem]:
    """Catalogue items whose identifier or description holds the text."""
    named = either(holds("identifier", text), holds("description", text)) if text else ""
    found = await client.products(named, _most(text))
    return _meant(
        text,
        [
            PickItem(
                id=one.identifier,
                name=one.identifier,
                detail=one.description,
                inactive=one.inactive_flag or one.product_class == "Bundle",
            )
            for one in found
        ],
    )


def _most(text: str) -> int:
    """Of a text that ConnectWise cannot be asked for as it is, more is found than is meant."""
    return MOST if is_literal(text) else PAGE_SIZE


def _meant(text: str, items: Sequence[PickItem]) -> Sequence[PickItem]:
    wanted = text.casefold()
    return [
        item
        for item in items
        if is_literal(text) or wanted in f"{item.name}\n{item.detail}".casefold()
    ][:MOST]
