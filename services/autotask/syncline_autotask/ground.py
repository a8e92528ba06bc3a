"""What some bills have to know of Autotask, read at once: each list in one search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from syncline_chassis.connector.charge_unit import agreement_of, unit_name
from syncline_chassis.errors import NotBillableError
from syncline_contracts.charge import Charge, ChargeSet

from syncline_autotask import catalogue
from syncline_autotask.catalogue import Catalogue, Sold
from syncline_autotask.client import AutotaskClient, Condition, among, chunks, either
from syncline_autotask.convert import Place, Rules, Words
from syncline_autotask.schemas import AtCode, AtCompany, AtContract, AtService


@dataclass(frozen=True, slots=True)
class Ground:
    """Companies, contracts, and what is sold."""

    words: Words
    catalogue: Catalogue
    companies: Mapping[str, AtCompany]
    contracts: Mapping[int, AtContract]
    links: Mapping[tuple[int, int], int]
    """Contract and service -> id of the service on the contract."""

    def place(self, charges: ChargeSet, charge: Charge, sold: Sold) -> Place:
        """Where a charge goes."""
        contract_id = agreement_of(unit_name(charge))
        link = self.links.get((contract_id, sold.service.id), 0) if sold.service else 0
        return Place(self.companies.get(charges.client_id), self.contracts.get(contract_id), link)


async def survey(
    client: AutotaskClient,
    words: Words,
    rules: Rules,
    *,
    clients: Sequence[str],
    charges: Sequence[Charge],
) -> Ground:
    """Read all of it; five searches at most for some hundred tenants."""
    companies: list[AtCompany] = []
    for some in chunks([int(one) for one in clients if one.isdecimal()]):
        companies += await client.companies(among("id", some))
    contracts: list[AtContract] = []
    ids = {agreement_of(unit_name(charge)) for charge in charges} - {0}
    for some in chunks(sorted(ids)):
        contracts += await client.contracts(among("id", some))
    sold = await _sold(client, words, rules, [charge.product_id for charge in charges])
    return Ground(
        words,
        sold,
        {str(one.id): one for one in companies},
        {one.id: one for one in contracts},
        await _links(client, sorted(ids), _used(sold, charges)),
    )


async def _sold(
    client: AutotaskClient, words: Words, rules: Rules, products: Sequence[str]
) -> Catalogue:
    names = catalogue.names_of(products)
    services: list[AtService] = []
    for wanted in _either("id", catalogue.ids_of(products, catalogue.SERVICE)):
        services += await client.services(wanted)
    for wanted in _either("name", names, "sku"):
        services += await client.services(wanted)
    ids = {*catalogue.ids_of(products, catalogue.CODE)}
    if services:
        default = rules.material_code.strip()
        ids |= {one.billing_code_id for one in services} - {0}
        ids |= {int(default)} if default.isdecimal() else set()
        names = [*names, default] if default else names
    codes: list[AtCode] = []
    for wanted in chain(_either("id", sorted(ids)), _either("name", names, "externalNumber")):
        codes += await client.codes(wanted)
    return Catalogue(
        list({one.id: one for one in services}.values()),
        list({one.id: one for one in codes}.values()),
        words.material_types(),
        rules.material_code,
    )


def _either(field: str, values: Sequence[int | str], *others: str) -> list[Condition]:
    return [
        either(*(among(name, some) for name in (field, *others))) if others else among(field, some)
        for some in chunks(values)
    ]


def _used(sold: Catalogue, charges: Sequence[Charge]) -> list[int]:
    """Services that some charge is for; what is wrong with the others is told later."""
    found = set()
    for product in {charge.product_id for charge in charges}:
        try:
            service = sold.find(product).service
        except NotBillableError:
            continue
        if service is not None:
            found.add(service.id)
    return sorted(found)


async def _links(
    client: AutotaskClient, contracts: Sequence[int], services: Sequence[int]
) -> dict[tuple[int, int], int]:
    found = {}
    for some in chunks(contracts) if services else ():
        for many in chunks(services):
            rows = await client.contract_services(
                among("contractID", some), among("serviceID", many)
            )
            found.update({(one.contract_id, one.service_id): one.id for one in rows})
    return found
