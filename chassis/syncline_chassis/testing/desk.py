"""What mapping and the portal say to a connector, and what it answers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from syncline_contracts.catalog import BY_TYPE
from syncline_contracts.charge import Charge, ChargeSet
from syncline_contracts.identity import invoice_key, new_id
from syncline_contracts.message import Command
from syncline_contracts.money import add, round_minor
from syncline_contracts.query import (
    ConnectionView,
    LedgerQuery,
    LedgerRow,
    PickItem,
    Query,
    SaveConnection,
    SearchPicks,
)
from syncline_contracts.stream import CONNECTORS_BUCKET
from syncline_contracts.tenant import (
    ApplyTenantV1,
    ConnectorFact,
    PlanTenantV1,
    ReverseTenantV1,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
    VerifyTenantV1,
)

from syncline_chassis.bus import Bus
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.testing.psa import Psa, Trouble, Verb
from syncline_chassis.testing.wait import until

F = TypeVar("F", bound=ConnectorFact)
D = TypeVar("D", bound="Desk")
ENDS = (
    TenantPlannedV1,
    TenantVerifiedV1,
    TenantReversedV1,
    TenantDriftedV1,
    TenantSyncFailedV1,
)
CONNECTION = "main"
INVOICE_NO = "DD-1001"
SLOWER_THAN_PATIENCE_S = 3.0
ZERO = Decimal(0)


def charge(sell: str, item: str = "AZ-CONS", **fields: Any) -> Charge:
    amount = Decimal(sell)
    return Charge.model_validate(
        {
            "vendor_item": item,
            "description": f"{item} of October",
            "product_id": item,
            "profile_id": "std",
            "percent": ZERO,
            "lines": 1,
            "cost": amount,
            "rrp": amount,
            "sell_exact": amount,
            "sell": amount,
            "residual": ZERO,
            **fields,
        }
    )


def charge_set(*charges: Charge, **fields: Any) -> ChargeSet:
    """Charges of one tenant on an invoice of October."""
    total = add(one.sell for one in charges)
    return ChargeSet.model_validate(
        {
            "invoice_key": "k" * 16,
            "invoice_no": INVOICE_NO,
            "revision": 1,
            "billing_month": "2026-10",
            "tenant_id": "t",
            "tenant_name": "Acme",
            "client_id": "8",
            "client_name": "Acme",
            "currency": "AUD",
            "version": 1,
            "charges": charges,
            "cost": total,
            "rrp": total,
            "sell": total,
            "residual": ZERO,
            **fields,
        }
    )


class Desk:
    """One partner with one connection."""

    def __init__(
        self,
        mapping: Bus,
        portal: Bus,
        heard: list[ConnectorFact],
        partner_id: str,
        psa: Psa,
    ) -> None:
        self.mapping, self.portal, self.heard = mapping, portal, heard
        self.partner_id = partner_id
        self.psa = psa
        self.connection_id = CONNECTION
        self._disturbed: dict[str, str] = {}
        self.invoice_key = invoice_key(partner_id, "acct", INVOICE_NO)

    # -- what a partner has ------------------------------------------------------------------

    def charges(self, tenant: int, *charges: Charge, version: int = 1, **fields: Any) -> ChargeSet:
        chosen = tuple(
            one.model_copy(update={"agreement_id": self.psa.agreement(tenant)})
            for one in charges or (charge("100.10"), charge("20.05", "AZ-RI"))
        )
        return charge_set(
            *chosen,
            **{
                "invoice_key": self.invoice_key,
                "tenant_id": f"tenant-{tenant}",
                "tenant_name": f"Customer {tenant}",
                "client_id": self.psa.client(tenant),
                "client_name": f"Customer {tenant}",
                "version": version,
                **fields,
            },
        )

    async def connect(self, expected: int | None = None, **fields: str) -> ConnectionView:
        return await self.portal.ask(
            SaveConnection(
                partner_id=self.partner_id,
                actor="ann@acme.example",
                expected_version=expected,
                connection_id=self.connection_id,
                form={**self.psa.form(), **fields},
            ),
            service=self.psa.connector,
        )

    def disturb(self, kind: Trouble, verb: Verb, **fields: Any) -> str:
        """Have the next request of a verb go wrong, as fast as the connector's patience allows.

        The fault's id, as `Psa.trouble` gives it.
        """
        patience_s = SLOWER_THAN_PATIENCE_S if kind.startswith("slow") else 0
        fields = {"delay_s": patience_s, "retry_after_s": 1, **fields}
        fault = self.psa.trouble(kind, verb, **fields)
        self._disturbed[fault] = f"{kind} of a {verb}"
        return fault

    def undisturbed(self) -> list[str]:
        """What was to go wrong and met no request."""
        return [what for fault, what in self._disturbed.items() if not self.psa.fired(fault)]

    # -- what is said ------------------------------------------------------------------------

    async def ask(self, query: Query[Any]) -> Any:
        return await self.portal.ask(query, service=self.psa.connector, timeout_s=20)

    async def say(self, command: Command) -> None:
        await self.mapping.publish(command)

    def _about(self, tenant_id: str) -> dict[str, Any]:
        return {
            "partner_id": self.partner_id,
            "connector": self.psa.connector,
            "connection_id": self.connection_id,
            "invoice_key": self.invoice_key,
            "invoice_no": INVOICE_NO,
            "tenant_id": tenant_id,
            "request_id": new_id(),
        }

    async def ask_plan(self, charges: ChargeSet) -> str:
        command = PlanTenantV1(**self._about(charges.tenant_id), charge_set=charges)
        await self.say(command)
        return command.request_id

    async def ask_apply(self, tenant_id: str, plan_hash: str) -> str:
        command = ApplyTenantV1(
            **self._about(tenant_id), plan_hash=plan_hash, approved_by="ann@acme.example"
        )
        await self.say(command)
        return command.request_id

    async def ask_verify(self, tenant_id: str) -> str:
        command = VerifyTenantV1(**self._about(tenant_id))
        await self.say(command)
        return command.request_id

    async def ask_reverse(self, tenant_id: str) -> str:
        command = ReverseTenantV1(**self._about(tenant_id), asked_by="ann@acme.example")
        await self.say(command)
        return command.request_id

    # -- what comes back ---------------------------------------------------------------------

    async def facts(self) -> list[ConnectorFact]:
        return [fact for fact in self.heard if fact.partner_id == self.partner_id]

    async def answer(
        self, kind: type[F], requests: Mapping[str, str] | str, timeout_s: float = 30
    ) -> list[F]:
        """One fact of this kind for every request; any failure of one of them is an error."""
        wanted = {requests} if isinstance(requests, str) else set(requests.values())

        async def look() -> list[F]:
            facts = [fact for fact in await self.facts() if fact.request_id in wanted]
            if kind is not TenantSyncFailedV1:
                failed = [fact for fact in facts if isinstance(fact, TenantSyncFailedV1)]
                if failed:
                    raise AssertionError(f"failed: {failed[0].code}: {failed[0].message}")
            answered = {fact.request_id: fact for fact in facts if isinstance(fact, kind)}
            return list(answered.values()) if set(answered) == wanted else []

        return await until(look, timeout_s=timeout_s, what=f"{kind.__name__} of {self.partner_id}")

    async def end(self, request: str) -> ConnectorFact:
        """What a request came to: planned, verified, reversed, drifted or failed."""

        async def look() -> ConnectorFact | None:
            facts = [fact for fact in await self.facts() if fact.request_id == request]
            return next((fact for fact in facts if isinstance(fact, ENDS)), None)

        return await until(look, timeout_s=30, what=f"an end of {self.partner_id}")

    async def plan(self, charges: ChargeSet) -> TenantPlannedV1:
        return (await self.answer(TenantPlannedV1, await self.ask_plan(charges)))[0]

    async def fail_plan(self, charges: ChargeSet) -> TenantSyncFailedV1:
        return (await self.answer(TenantSyncFailedV1, await self.ask_plan(charges)))[0]

    async def apply(self, plan: TenantPlannedV1) -> TenantSyncedV1:
        request = await self.ask_apply(plan.tenant_id, plan.plan_hash)
        return (await self.answer(TenantSyncedV1, request))[0]

    async def fail_apply(self, plan: TenantPlannedV1) -> TenantSyncFailedV1:
        request = await self.ask_apply(plan.tenant_id, plan.plan_hash)
        return (await self.answer(TenantSyncFailedV1, request))[0]

    async def sync(self, charges: ChargeSet) -> TenantVerifiedV1:
        plan = await self.plan(charges)
        request = await self.ask_apply(plan.tenant_id, plan.plan_hash)
        return (await self.answer(TenantVerifiedV1, request))[0]

    async def verify(self, tenant_id: str) -> TenantVerifiedV1:
        return (await self.answer(TenantVerifiedV1, await self.ask_verify(tenant_id)))[0]

    async def reverse(self, tenant_id: str) -> TenantReversedV1:
        return (await self.answer(TenantReversedV1, await self.ask_reverse(tenant_id)))[0]

    async def drift(self, tenant_id: str) -> TenantDriftedV1:
        return (await self.answer(TenantDriftedV1, await self.ask_verify(tenant_id)))[0]

    async def search(self, thing: str, text: str) -> list[PickItem]:
        """What the manifest's pick list for a thing finds."""

        async def announced() -> bytes:
            return (await self.mapping.kv_all(CONNECTORS_BUCKET)).get(self.psa.connector, b"")

        manifest = Manifest.model_validate_json(await until(announced, what="the manifest"))
        query = SearchPicks(
            partner_id=self.partner_id,
            connection_id=self.connection_id,
            list=manifest.picks[thing],
            text=text,
        )
        return list((await self.ask(query)).items)

    async def ledger(self, tenant_id: str | None = None) -> list[LedgerRow]:
        query = LedgerQuery(
            partner_id=self.partner_id, invoice_key=self.invoice_key, tenant_id=tenant_id
        )
        return list((await self.ask(query)).rows)


DeskMaker = Callable[..., Desk]


def total(desk: Desk) -> str:
    """What the PSA holds, added up; a label that stands twice is an error of its own."""
    standing = desk.psa.standing()
    labels = [one.label for one in standing]
    assert len(labels) == len(set(labels)), f"there twice: {sorted(labels)}"
    return str(round_minor(add(one.amount for one in standing), "AUD"))


async def listen(admin: Bus, heard: list[ConnectorFact]) -> None:
    """Note every fact that a connector tells."""
    since = datetime.now(UTC) - timedelta(seconds=2)
    async for raw in admin.follow("EVENTS", "syncline.evt.tenant.*.*.*.*", since=since):
        fact = BY_TYPE[raw.headers.type].model_validate_json(raw.data)
        if isinstance(fact, ConnectorFact):
            heard.append(fact)


@dataclass(frozen=True, slots=True)
class Office:
    """Where desks stand: the buses that they speak over, and everything that was heard."""

    mapping: Bus
    portal: Bus
    heard: list[ConnectorFact]
    desks: list[Desk] = field(default_factory=list)

    def seat(self, make_psa: Callable[[str], Psa], desk: type[D]) -> D:
        """A desk for a partner of its own."""
        partner = new_partner()
        made = desk(self.mapping, self.portal, self.heard, partner, make_psa(partner))
        self.desks.append(made)
        return made


@asynccontextmanager
async def office(bus: Callable[[str], AbstractAsyncContextManager[Bus]]) -> AsyncIterator[Office]:
    """Open for as long as the block lasts; `bus` connects as a service.

    A disturbance that met no request proves nothing: it is an error at the end.
    """
    async with bus("mapping") as mapping, bus("portal") as portal, bus(ADMINISTRATOR) as admin:
        heard: list[ConnectorFact] = []
        ear = asyncio.create_task(listen(admin, heard))
        opened = Office(mapping, portal, heard)
        yield opened
        while not ear.done():
            # Until Python 3.12 a wait for a message can swallow a cancellation.
            ear.cancel()
            await asyncio.wait([ear], timeout=0.2)
        assert [what for desk in opened.desks for what in desk.undisturbed()] == []


def new_partner() -> str:
    return f"p-{uuid.uuid4().hex[:10]}"
