"""Pick lists: what a person chooses from, searched at Autotask."""

from collections.abc import Sequence
from datetime import date

from syncline_chassis.errors import NotBillableError
from syncline_contracts.query import PickItem

from syncline_autotask.catalogue import CODE, SERVICE
from syncline_autotask.client import (
    AutotaskClient,
    Condition,
    among,
    either,
    holds,
)
from syncline_autotask.convert import Words, check_open
from syncline_autotask.schemas import AtContract

MOST = 100
ANY: Condition = {"op": "exist", "field": "id"}


async def companies(client: AutotaskClient, text: str) -> Sequence[PickItem]:
    """Companies whose name or number holds the text."""
    found = await client.companies(_named(text, "companyName", "companyNumber"), most=MOST)
    return [
        PickItem(
            id=str(one.id),
            name=one.company_name,
            detail=one.company_number,
            inactive=not one.is_active,
            clues=(one.company_number, one.web_address),
        )
        for one in found
    ]


async def contracts(
    client: AutotaskClient, text: str, words: Words, today: date, owner: str
) -> Sequence[PickItem]:
    """Contracts by name, number, or the company's name; of one company where `owner` names it."""
    wanted = _named(text, "contractName", "contractNumber")
    if text and not owner:
        owners = await client.companies(_named(text, "companyName", "companyNumber"), most=MOST)
        ids = [one.id for one in owners]
        wanted = either(wanted, among("companyID", ids)) if ids else wanted
    of_it = [among("companyID", [int(owner) if owner.isdecimal() else 0])] if owner else []
    found = await client.contracts(wanted, *of_it, most=MOST)
    names: dict[int, str] = {}
    if found:
        of_them = sorted({one.company_id for one in found})
        companies = await client.companies(among("id", of_them))
        names = {one.id: one.company_name for one in companies}
    return [
        PickItem(
            id=str(one.id),
            name=one.contract_name,
            detail=", ".join(
                part
                for part in (
                    names.get(one.company_id, ""),
                    words.contract_types.get(one.contract_type, ""),
                )
                if part
            ),
            inactive=not _takes_charges(one, words, today),
        )
        for one in found
    ]


async def services(client: AutotaskClient, text: str, words: Words) -> Sequence[PickItem]:
    """Services and material codes."""
    sold = await client.services(_named(text, "name", "sku"), most=MOST)
    material = words.material_types()
    of_use = [among("useType", sorted(material))] if material else []
    codes = await client.codes(_named(text, "name", "externalNumber"), *of_use, most=MOST)
    return [
        *(
            PickItem(
                id=f"{SERVICE}{one.id}",
                name=one.name,
                detail=", ".join(part for part in ("service", one.sku) if part),
                inactive=not one.is_active,
            )
            for one in sold
        ),
        *(
            PickItem(
                id=f"{CODE}{one.id}",
                name=one.name,
                detail=", ".join(part for part in ("material code", one.external_number) if part),
                inactive=not one.is_active,
            )
            for one in codes
        ),
    ]


def _named(text: str, *fields: str) -> Condition:
    wanted = [holds(name, text) for name in fields]
    return either(*wanted) if text else ANY


def _takes_charges(contract: AtContract, words: Words, today: date) -> bool:
    try:
        check_open(contract, words, today)
    except NotBillableError:
        return False
    return True
