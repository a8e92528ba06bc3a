"""What the tests of mapping say to it over the bus, as the services around it would."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from syncline_chassis.bus import Bus
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.service import Received, Service
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.testing.service import idle_service
from syncline_chassis.testing.wait import until
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_contracts.identity import new_id
from syncline_contracts.mapping_query import (
    GetInvoice,
    GetTenant,
    InvoiceDetails,
    ListMappings,
    ListPartners,
    MapTenant,
    SavePartner,
    TenantDetails,
)
from syncline_contracts.message import Message
from syncline_contracts.plan_query import (
    Approval,
    Approved,
    ApprovePlans,
    PlanProgress,
    PlansMade,
    PlansRequested,
    RequestPlans,
    ReverseTenants,
    Reversing,
)
from syncline_contracts.profile import RepriceInvoiceV1
from syncline_contracts.stream import CONNECTORS_BUCKET
from syncline_contracts.tenant import (
    ApplyTenantV1,
    PlanTenantV1,
    ReverseTenantV1,
)
from syncline_mapping.app import create_service
from syncline_mapping.repository.marks import Marks
from syncline_mapping.settings import Settings

from tests.conftest import Servers
from tests.integration.mapping.fake_xero import MANIFEST, FakeXero
from tests.unit.mapping.samples import Line, detected, key_of, partner, priced

ANN = "ann@acme.example"


def new_partner() -> str:
    """Each test has a partner of its own."""
    return f"m-{new_id()[-12:]}"


@dataclass
class Stack:
    """Mapping, and who it speaks with."""

    mapping: Service
    ingest: Bus
    pricing: Service
    portal: Bus
    psa: Service
    xero: FakeXero
    administrator: Bus
    reprices: list[RepriceInvoiceV1] = field(default_factory=list)

    async def register(self, partner_id: str, **more: Any) -> int:
        """Save a partner with a connection, from whatever version it is at."""
        settings = partner(**{"connector": "xero", **more})
        entries = (await self.portal.ask(ListPartners(partner_id="_"))).partners
        version = {one.partner_id: one.version for one in entries}.get(partner_id)
        edit = SavePartner(
            partner_id=partner_id, actor=ANN, expected_version=version, settings=settings
        )
        return (await self.portal.ask(edit)).version

    async def map(self, partner_id: str, tenant: str, client: str | None = "C-1") -> int:
        """Map a tenant, from whatever version its mapping is at."""
        mappings = (await self.portal.ask(ListMappings(partner_id=partner_id))).mappings
        version = {one.tenant_id: one.version for one in mappings}.get(tenant)
        edit = MapTenant(
            partner_id=partner_id,
            actor=ANN,
            expected_version=version,
            tenant_id=tenant,
            client_id=client,
            client_name="Contoso Pty Ltd",
        )
        return (await self.portal.ask(edit)).version

    async def publish_lines(
        self,
        partner_id: str,
        tenants: Mapping[str, Sequence[Sequence[Line]]],
        *,
        version: int = 1,
        revision: int = 1,
    ) -> None:
        """Publish priced batches as pricing does."""
        for tenant, batches in tenants.items():
            for number, lines in enumerate(batches, start=1):
                await self.pricing.bus.publish(
                    priced(
                        partner_id,
                        lines,
                        tenant=tenant,
                        number=number,
                        version=version,
                        revision=revision,
                    )
                )

    async def detect(
        self,
        partner_id: str,
        tenants: Mapping[str, Sequence[Sequence[Line]]],
        *,
        revision: int = 1,
        **more: Any,
    ) -> None:
        """Publish the manifest as ingest does."""
        await self.ingest.publish(detected(partner_id, tenants, revision=revision, **more))

    async def bring(
        self, partner_id: str, tenants: Mapping[str, Sequence[Sequence[Line]]], **more: Any
    ) -> None:
        """Manifest, then lines."""
        await self.detect(partner_id, tenants, **more)
        await self.publish_lines(partner_id, tenants, revision=more.get("revision", 1))

    async def invoice(self, partner_id: str) -> InvoiceDetails:
        """The invoice as it is now."""
        return await self.portal.ask(
            GetInvoice(partner_id=partner_id, invoice_key=key_of(partner_id))
        )

    async def tenant(self, partner_id: str, tenant: str = "contoso") -> TenantDetails:
        """A tenant as it is now."""
        return await self.portal.ask(
            GetTenant(partner_id=partner_id, invoice_key=key_of(partner_id), tenant_id=tenant)
        )

    async def states(self, partner_id: str) -> dict[str, str]:
        """State of each tenant; empty while the invoice is not known."""
        if not await self.mapping.mongo.collection("invoices").find_one({"partner_id": partner_id}):
            return {}
        return {row.tenant_id: row.state for row in (await self.invoice(partner_id)).tenants}

    async def until_states(self, partner_id: str, **expected: str) -> None:
        """Wait until the tenants are in these states."""
        seen: dict[str, str] = {}

        async def look() -> bool:
            seen.clear()
            seen.update(await self.states(partner_id))
            return seen == expected

        try:
            await until(look, what=str(expected))
        except TimeoutError as error:
            raise AssertionError(f"states are {seen}, not {expected}") from error

    async def until_status(self, partner_id: str, expected: str) -> InvoiceDetails:
        """Wait until the invoice has a status, rolled up from its tenants as they are now."""

        async def look() -> bool:
            details = await self.invoice(partner_id)
            states = Counter(row.state for row in details.tenants)
            is_fresh = details.invoice.tenants_by_state == dict(states)
            return is_fresh and details.invoice.status == expected

        await until(look, what=f"status {expected}")
        return await self.invoice(partner_id)

    async def plan(self, partner_id: str, *tenants: str) -> tuple[PlansRequested, PlansMade]:
        """Sync Now: ask for plans and wait for all of them."""
        asked = await self.portal.ask(
            RequestPlans(
                partner_id=partner_id,
                actor=ANN,
                invoice_key=key_of(partner_id),
                tenant_ids=tenants or None,
            )
        )
        if not asked.requested:
            return asked, PlansMade(pending=0, rows=())
        query = PlanProgress(
            partner_id=partner_id, invoice_key=key_of(partner_id), request_id=asked.request_id
        )

        async def look() -> bool:
            return (await self.portal.ask(query)).pending == 0

        await until(look, what="plans")
        return asked, await self.portal.ask(query)

    async def until_decided(self, partner_id: str) -> None:
        """Wait until no tenant of the invoice is to be decided anew."""

        async def nothing_waits() -> bool:
            marks = Marks(self.mapping.reading())
            return not await marks.rows_of(partner_id, key_of(partner_id))

        await until(nothing_waits, what="the tenants that are decided anew")

    async def approve(self, partner_id: str, made: PlansMade) -> Approved:
        """Confirm every plan that was made."""
        approvals = tuple(
            Approval(tenant_id=row.tenant_id, plan_hash=row.plan.plan_hash)
            for row in made.rows
            if row.plan is not None
        )
        if not approvals:
            return Approved(approved=(), nothing_to_write=(), refused=())
        return await self.portal.ask(
            ApprovePlans(
                partner_id=partner_id,
                actor=ANN,
                invoice_key=key_of(partner_id),
                approvals=approvals,
            )
        )

    async def sync(self, partner_id: str) -> Approved:
        """Plan and confirm; what is decided anew just then is confirmed a moment later."""
        _, made = await self.plan(partner_id)
        answers: list[Approved] = []

        async def confirm() -> bool:
            answers.append(await self.approve(partner_id, made))
            return not any(one.is_passing for one in answers[-1].refused)

        await until(confirm, what="the confirmation")
        return answers[-1]

    async def reverse(self, partner_id: str, *tenants: str) -> Reversing:
        """Ask for a reversal, of all where none is named."""
        return await self.portal.ask(
            ReverseTenants(
                partner_id=partner_id,
                actor=ANN,
                invoice_key=key_of(partner_id),
                tenant_ids=tenants or None,
                reason="billed elsewhere",
            )
        )

    async def said(self, kind: type[Message], partner_id: str) -> list[dict[str, Any]]:
        """Facts of a type that were told of a partner."""
        subject = f"syncline.evt.{kind.type_name}.{partner_id}.*"
        found = [raw async for raw in self.administrator.replay("EVENTS", subject)]
        return [orjson.loads(raw.data) for raw in found]


def mapping_service(servers: Servers) -> Service:
    """Mapping, as it runs."""
    return create_service(
        servers.settings(
            Settings, "mapping", mapping_connectors_every_s=0.2, mapping_look_every_s=0.3
        )
    )


@asynccontextmanager
async def running(servers: Servers) -> AsyncIterator[Stack]:
    """Mapping with its neighbours, each as its own user."""
    xero = FakeXero()
    psa = idle_service("xero", servers.settings(ServiceSettings, "xero"))
    psa.commands.update(
        {PlanTenantV1: xero.plan, ApplyTenantV1: xero.apply, ReverseTenantV1: xero.reverse}
    )
    pricing = idle_service("pricing", servers.settings(ServiceSettings, "pricing"))
    async with (
        servers.bus("ingest") as ingest,
        servers.bus("portal") as portal,
        servers.bus(ADMINISTRATOR) as administrator,
    ):
        stack = Stack(
            mapping=mapping_service(servers),
            ingest=ingest,
            pricing=pricing,
            portal=portal,
            psa=psa,
            xero=xero,
            administrator=administrator,
        )

        async def note(received: Received[RepriceInvoiceV1], uow: UnitOfWork) -> None:
            stack.reprices.append(received.body)

        pricing.commands[RepriceInvoiceV1] = note
        services = [stack.mapping, psa, pricing]
        await asyncio.gather(*(service.start() for service in services))
        await psa.bus.kv_put(CONNECTORS_BUCKET, "xero", MANIFEST)
        try:
            yield stack
        finally:
            await asyncio.gather(*(service.stop() for service in services))
