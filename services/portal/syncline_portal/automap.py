"""Proposals for an invoice's unmapped tenants, from the partner's live PSA."""

import asyncio
from collections import defaultdict

from pydantic import BaseModel, ConfigDict
from syncline_chassis.errors import UnprocessableError
from syncline_contracts.mapping_query import GetInvoice, ListMappings, ListPartners, TenantRow
from syncline_contracts.query import PickItem, SearchPicks

from syncline_portal.connectors import manifests
from syncline_portal.guard import Call
from syncline_portal.proposals import Clients, Proposal, Unmapped, bare

PAGE = 100
"""What a pick list gives at most; less is all there is."""
SEARCHES = 60
"""Names looked for one by one where the PSA has more clients than a list gives."""
AT_ONCE = 4
SHORTEST = 4
"""Letters of a word that is looked for."""
_LOOKED_AT = ("held", "ready", "planned", "received")


class Proposals(BaseModel):
    """Proposals, the surest first."""

    model_config = ConfigDict(frozen=True)

    proposals: tuple[Proposal, ...]
    unmapped: int
    """Tenants without a client."""
    not_looked_for: int = 0
    """Of these, so many were left for the next time: the PSA answers only so many searches."""


async def propose(call: Call, partner_id: str, invoice_key: str) -> Proposals:
    """Look at every unmapped tenant of an invoice. Nothing is mapped by it.

    Raises `ProblemError`: 404, 422 without a PSA, 503 where it is away.
    """
    details = await call.ask(GetInvoice(partner_id=partner_id, invoice_key=invoice_key))
    unmapped = [row for row in details.tenants if _is_open(row)]
    if not unmapped:
        return Proposals(proposals=(), unmapped=0)
    search = await _Search.at(call, partner_id)
    mapped = (await call.ask(ListMappings(partner_id=partner_id))).mappings
    names = {bare(row.tenant_name) for row in unmapped}
    past = [one for one in mapped if one.client_id and bare(one.tenant_name) in names]
    items = list(await search.find(""))
    left_out = 0
    if search.has_more(items):
        looked_for = unmapped[:SEARCHES]
        left_out = len(unmapped) - len(looked_for)
        words = {_word(row.tenant_name) for row in looked_for}
        items += await search.find_all(words | {one.client_name for one in past[:SEARCHES]})
    chosen: dict[str, set[str]] = defaultdict(set)
    for one in past:
        chosen[bare(one.tenant_name)].add(one.client_id or "")
    clients = Clients(items, chosen)
    found = [
        clients.propose(Unmapped(row.tenant_id, row.tenant_name, row.domain)) for row in unmapped
    ]
    return Proposals(
        proposals=tuple(sorted(filter(None, found), key=lambda one: -one.score)),
        unmapped=len(unmapped),
        not_looked_for=left_out,
    )


class _Search:
    """The client list of the partner's PSA."""

    def __init__(self, call: Call, query: SearchPicks, connector: str) -> None:
        self._call = call
        self._query = query
        self._connector = connector
        self._turns = asyncio.Semaphore(AT_ONCE)

    @classmethod
    async def at(cls, call: Call, partner_id: str) -> "_Search":
        partner = (await call.ask(ListPartners(partner_id=partner_id))).partners[0].settings
        known = {one.name: one for one in await manifests(call.portal)}
        manifest = known.get(partner.connector or "")
        if manifest is None or partner.connection_id is None:
            raise UnprocessableError("No PSA is connected yet. Connect one under Connections.")
        query = SearchPicks(
            partner_id=partner_id,
            connection_id=partner.connection_id,
            list=manifest.picks["client"],
        )
        return cls(call, query, manifest.name)

    async def find(self, text: str) -> tuple[PickItem, ...]:
        """Clients that match."""
        async with self._turns:
            query = self._query.model_copy(update={"text": text})
            patience = self._call.portal.settings.portal_vendor_timeout_s
            found = await self._call.ask(query, service=self._connector, timeout_s=patience)
            return found.items

    async def find_all(self, texts: set[str]) -> list[PickItem]:
        """Clients that match any."""
        found = await asyncio.gather(*(self.find(text) for text in sorted(texts)))
        return [item for items in found for item in items]

    @staticmethod
    def has_more(items: list[PickItem]) -> bool:
        """Tell whether the list was cut."""
        return len(items) >= PAGE


def _is_open(row: TenantRow) -> bool:
    return not row.client_mapped and row.state in _LOOKED_AT


def _word(name: str) -> str:
    """The first word that says something."""
    words = [word for word in name.replace(",", " ").split() if len(bare(word)) >= SHORTEST]
    return (words or name.split() or [name])[0]
