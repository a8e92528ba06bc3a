"""Proposals: which client each unmapped tenant probably is; what a person ticks is mapped."""

from collections.abc import Iterable
from typing import Any

from nicegui import ui
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.errors import ProblemError
from syncline_contracts.mapping_query import ListMappings, MapTenant

from syncline_portal.automap import Proposals, propose
from syncline_portal.look import button
from syncline_portal.look.dialog import dialog
from syncline_portal.look.table import EVERY, Column, listing
from syncline_portal.look.trouble import told, words
from syncline_portal.proposals import Proposal
from syncline_portal.visit import Visit


class Accepted:
    """What was mapped from proposals here; each can be taken back while nobody changed it since."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._done: dict[str, tuple[Proposal, int]] = {}

    def of(self, tenant_ids: Iterable[str]) -> tuple[str, ...]:
        """Of these tenants, those that were."""
        return tuple(one for one in tenant_ids if one in self._done)

    async def map(self, chosen: Iterable[Proposal]) -> list[str]:
        """Map each to its proposed client; in words, those that could not be."""
        known = await self._visit.ask(ListMappings(partner_id=self._visit.partner_id))
        versions = {one.tenant_id: one.version for one in known.mappings}
        failures = []
        for one in chosen:
            try:
                version = await self._say(one, one.client_id, versions.get(one.tenant_id))
            except ProblemError as problem:
                failures.append(f"{one.tenant_name}: {words(problem)}")
            else:
                self._done[one.tenant_id] = (one, version)
        return failures

    async def take_back(self, tenant_ids: Iterable[str]) -> list[str]:
        """Leave these unmapped again; in words, those that could not be."""
        failures = []
        for tenant_id in tenant_ids:
            one, version = self._done.pop(tenant_id)
            try:
                await self._say(one, None, version)
            except ProblemError as problem:
                failures.append(f"{one.tenant_name}: {words(problem)}")
        return failures

    async def _say(self, one: Proposal, client_id: str | None, version: int | None) -> int:
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


async def proposals(visit: Visit, psa: Manifest, invoice_key: str, accepted: Accepted) -> None:
    """Look, and let a person choose."""
    with dialog("Proposals"):
        body = ui.element("div").classes("full-width column gap")
    with body:
        ui.label(f"Reading {psa.title} ...").props("role=status")
    with body, told(visit):
        found = await propose(await visit.call("billing"), visit.partner_id, invoice_key)
        body.clear()
        _Choice(visit, psa, found, accepted)


def offer_to_take_back(visit: Visit, accepted: Accepted, tenant_ids: tuple[str, ...]) -> None:
    """Say how many were mapped from proposals, and take them back where that is wanted."""
    with ui.element("div").classes("note good") as note:
        count = f"{len(tenant_ids)} tenants are" if len(tenant_ids) > 1 else "1 tenant is"
        ui.label(f"{count} mapped from proposals. It stays for the next month.").props(
            "role=status"
        )

        async def take_back() -> None:
            with told(visit):
                failures = await accepted.take_back(accepted.of(tenant_ids))
                note.clear()
                with note:
                    ui.label("Taken back.").props("role=status")
                    list_failures(failures)

        button.plain("Take back", take_back)


def list_failures(failures: list[str]) -> None:
    """One by one, those that went wrong."""
    if failures:
        with ui.element("div").classes("note warn").props("role=alert"):
            for one in failures:
                ui.label(one)


class _Choice:
    def __init__(self, visit: Visit, psa: Manifest, found: Proposals, accepted: Accepted) -> None:
        self._visit = visit
        self._accepted = accepted
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
        self._table = listing(
            "Proposals", columns, "the PSA knows nobody like them", rows=EVERY
        ).set_selection("multiple")
        self._table.add_slot("body-cell-reason", REASON)
        self._table.rows = [_row(one) for one in found.proposals]
        self._table.selected = [row for row in self._table.rows if self._by_tenant[row["key"]].sure]
        self._outcome = ui.element("div").classes("full-width")
        with ui.element("div").classes("bar actions"):
            ui.label("Nothing is mapped without your consent.").classes("lead grow")
            button.main(f"Map the ticked to their {client}", self._accept)

    async def _accept(self) -> None:
        chosen = [self._by_tenant[row["key"]] for row in self._table.selected]
        with told(self._visit):
            failures = await self._accepted.map(chosen)
            done = self._accepted.of(one.tenant_id for one in chosen)
            self._table.selected = []
            self._table.rows = [row for row in self._table.rows if row["key"] not in done]
            with self._outcome:
                if done:
                    offer_to_take_back(self._visit, self._accepted, done)
                list_failures(failures)


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
