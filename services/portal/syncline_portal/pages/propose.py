"""Proposals: which client each unmapped tenant probably is; what a person ticks is mapped."""

from typing import Any

from nicegui import ui
from syncline_chassis.connector.manifest import Manifest
from syncline_contracts.mapping_query import ListMappings, MapTenant

from syncline_portal.automap import Proposals, propose
from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.table import EVERY, Column, listing
from syncline_portal.look.trouble import told
from syncline_portal.proposals import Proposal
from syncline_portal.visit import Visit

UNDO_S = 30


async def proposals(visit: Visit, psa: Manifest, invoice_key: str) -> None:
    """Look, and let a person choose."""
    with dialog("Proposals"):
        body = ui.element("div").classes("full-width column gap")
    with body:
        ui.label(f"Reading {psa.title} ...").props("role=status")
    with told(visit):
        found = await propose(await visit.call("billing"), visit.partner_id, invoice_key)
        body.clear()
        with body:
            _Choice(visit, psa, found)


class _Choice:
    def __init__(self, visit: Visit, psa: Manifest, found: Proposals) -> None:
        self._visit = visit
        self._by_tenant = {one.tenant_id: one for one in found.proposals}
        client = psa.vocabulary.client
        ui.label(_summary(found, client)).classes("lead").props("role=status")
        if not found.proposals:
            return
        columns = (
            Column("tenant", "Tenant"),
            Column("client", client),
            Column("score", "Score", "right"),
            Column("reason", "Why"),
        )
        self._table = listing("Proposals", columns, rows=EVERY).set_selection("multiple")
        self._table.add_slot("body-cell-reason", REASON)
        self._table.rows = [_row(one) for one in found.proposals]
        self._table.selected = [row for row in self._table.rows if self._by_tenant[row["key"]].sure]
        with ui.element("div").classes("bar actions"):
            ui.label("Nothing is mapped without your consent.").classes("lead grow")
            button.main(f"Map the ticked to their {client}", self._accept)

    async def _accept(self) -> None:
        chosen = [self._by_tenant[row["key"]] for row in self._table.selected]
        done: dict[str, int] = {}
        with told(self._visit):
            known = await self._visit.ask(ListMappings(partner_id=self._visit.partner_id))
            versions = {one.tenant_id: one.version for one in known.mappings}
            for one in chosen:
                version = versions.get(one.tenant_id)
                done[one.tenant_id] = await self._map(one, one.client_id, version)
        self._table.selected = []
        self._table.rows = [row for row in self._table.rows if row["key"] not in done]
        if done:
            self._offer_undo(done)

    def _offer_undo(self, done: dict[str, int]) -> None:
        async def undo() -> None:
            with told(self._visit):
                for tenant_id, version in done.items():
                    await self._map(self._by_tenant[tenant_id], None, version)
                bar.clear()
                with bar:
                    ui.label("Taken back.").props("role=status")

        with self._table.parent_slot.parent:  # type: ignore[union-attr]
            bar = ui.element("div").classes("bar note good")
        with bar:
            count = f"{len(done)} tenants are" if len(done) > 1 else "1 tenant is"
            ui.label(f"{count} mapped. It stays for the next month.").props("role=status")
            button.plain("Take back", undo)

    async def _map(self, one: Proposal, client_id: str | None, version: int | None) -> int:
        mapped = await self._visit.ask(
            MapTenant(
                partner_id=self._visit.partner_id,
                actor=self._visit.actor.label,
                expected_version=version,
                tenant_id=one.tenant_id,
                client_id=client_id,
                client_name=one.client_name if client_id else "",
            ),
            "billing",
        )
        return mapped.version


def _summary(found: Proposals, client: str) -> str:
    if not found.unmapped:
        return f"Every tenant is mapped to its {client} already."
    text = f"{len(found.proposals)} of {found.unmapped} unmapped tenants have a proposal."
    if found.not_looked_for:
        text += (
            f" {found.not_looked_for} were not looked for yet: map these first, then look again."
        )
    return text


def _row(one: Proposal) -> dict[str, Any]:
    return {
        "key": one.tenant_id,
        "tenant": one.tenant_name,
        "client": one.client_name,
        "score": f"{one.score} %",
        "reason": one.reason,
        "caution": one.caution,
    }


REASON = """
<q-td :props="props">{{ props.value }}
  <span v-if="props.row.caution" class="badge warn">{{ props.row.caution }}</span></q-td>
"""
