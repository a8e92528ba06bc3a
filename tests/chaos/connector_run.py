"""One seeded run: syncs, changes and reversals, while requests go wrong and processes die."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

from syncline_chassis.bus import BUS_ERRORS, Bus
from syncline_chassis.errors import ProblemError, SynclineError
from syncline_chassis.testing.conformance import TROUBLES
from syncline_chassis.testing.desk import Desk, charge, new_partner
from syncline_chassis.testing.psa import Trouble, Verb
from syncline_chassis.testing.untrue_answers import WRONG_READS
from syncline_contracts.catalog import BY_TYPE
from syncline_contracts.charge import ChargeSet
from syncline_contracts.message import Command
from syncline_contracts.money import add
from syncline_contracts.tenant import (
    ConnectorFact,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from tests.chaos.connector_rig import SYSTEMS, Rig, Victim
from tests.chaos.tally import Tally

T = TypeVar("T")
WRONG: dict[Verb, tuple[Trouble, ...]] = {
    "create": (*TROUBLES, "slow", "not_done"),
    "update": (*TROUBLES, "slow", "not_done"),
    "delete": (*TROUBLES, "slow", "not_done"),
    "read": (*TROUBLES, "slow", *WRONG_READS),
}
"""Verb of a request -> how it can go wrong, answers of 200 that are not true among them."""
VICTIMS: tuple[Victim, ...] = ("connector", "connector", "connector", "mongod", "broker")
ITEMS = ("AZ-CONS", "AZ-RI")
TENANTS, PHASES = 3, 3
MOST_TRIES = 8
PATIENCE_S = 120.0
LOOK_EVERY_S = 0.3
"""A look is a consumer of its own on the broker, which keeps it for a minute."""


class StubbornDesk(Desk):
    """Says everything until it is heard, and reads the stream anew, for all its tenants at once."""

    def __init__(
        self, rig: Rig, connector: str, administrator: Bus, mapping: Bus, portal: Bus
    ) -> None:
        partner = new_partner()
        super().__init__(
            mapping, portal, [], partner, SYSTEMS[connector](rig.sandbox, partner, TENANTS)
        )
        self._rig, self._administrator = rig, administrator
        self._read_at = 0.0
        self._known: list[ConnectorFact] = []
        self._reading = asyncio.Lock()

    async def say(self, command: Command) -> None:
        await self.patiently(lambda: self.mapping.publish(command))

    async def settle_in(self) -> None:
        """Save the connection; one that is there was saved by a try whose answer got lost."""

        async def save() -> None:
            try:
                await self.connect()
            except ProblemError as error:
                if error.status != 409:
                    raise

        await self.patiently(save)

    async def facts(self) -> list[ConnectorFact]:
        subject = f"syncline.evt.tenant.*.*.{self.partner_id}.*"

        async def read() -> list[ConnectorFact]:
            raws = [raw async for raw in self._administrator.replay("EVENTS", subject)]
            found = [BY_TYPE[raw.headers.type].model_validate_json(raw.data) for raw in raws]
            return [fact for fact in found if isinstance(fact, ConnectorFact)]

        async with self._reading:
            now = asyncio.get_running_loop().time
            if now() - self._read_at > LOOK_EVERY_S:
                self._known = await self.patiently(read)
                self._read_at = now()
            return self._known

    async def patiently(self, act: Callable[[], Awaitable[T]]) -> T:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await act()
            except (ProblemError, SynclineError, TimeoutError, OSError, *BUS_ERRORS):
                if asyncio.get_running_loop().time() > deadline:
                    raise
                self._rig.revive()
                await asyncio.sleep(LOOK_EVERY_S)

    async def outcome(self, request: str, kind: type[ConnectorFact]) -> ConnectorFact:
        """How a request ended: well, with a failure, or with a PSA that holds something else."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            for fact in await self.facts():
                is_end = isinstance(fact, (kind, TenantSyncFailedV1, TenantDriftedV1))
                if fact.request_id == request and is_end:
                    return fact
            self._rig.revive()
            await asyncio.sleep(LOOK_EVERY_S)
        raise TimeoutError(f"{kind.__name__} of {self.partner_id} did not come: {request}")


class Run:
    """A partner with a few tenants, each with its own wishes, all at once."""

    def __init__(self, rig: Rig, desk: StubbornDesk, seed: int, tally: Tally) -> None:
        self._rig, self._desk, self._tally = rig, desk, tally
        self._dice = random.Random(seed)
        self._versions: Counter[int] = Counter()
        self._standing: dict[int, TenantVerifiedV1] = {}

    async def play(self) -> None:
        """Everything, then the count of what stands in the PSA."""
        await self._desk.settle_in()
        for _ in range(PHASES):
            self._disturb()
            await asyncio.gather(self._die(), *(self._act(one) for one in range(TENANTS)))
        await self._count()
        self._tally.played(self._desk.psa.connector)

    def _disturb(self) -> None:
        for _ in range(self._dice.randint(0, 2)):
            verb = self._dice.choice(tuple(WRONG))
            kind = self._dice.choice(WRONG[verb])
            delay_s = 1.4 if kind.startswith("slow") else 0
            fault = self._desk.psa.trouble(kind, verb, delay_s=delay_s, retry_after_s=1)
            self._tally.order(fault, self._desk.psa.connector, verb, kind)

    async def _die(self) -> None:
        if self._dice.random() < 0.5:
            victim, after_s = self._dice.choice(VICTIMS), self._dice.uniform(0, 1.2)
            await asyncio.sleep(after_s)  # the moment is what the seed chose
            self._tally.strike(victim, self._desk.psa.connector)
            await self._rig.kill(victim, self._desk.psa.connector)

    async def _act(self, tenant: int) -> None:
        if tenant in self._standing and self._dice.random() < 0.2:
            self._bill(tenant)
        if tenant in self._standing and self._dice.random() < 0.25:
            await self._reverse(tenant)
        else:
            await self._sync(tenant, self._charges(tenant))

    def _bill(self, tenant: int) -> None:
        """The PSA puts what stands on an invoice: from now on it can only be taken back."""
        for record in self._standing[tenant].records:
            if record.amount > 0:
                self._desk.psa.invoice(record.label)
                self._tally.billed += 1

    def _charges(self, tenant: int) -> ChargeSet:
        self._versions[tenant] += 1
        chosen = self._dice.sample(ITEMS, self._dice.randint(1, len(ITEMS)))
        return self._desk.charges(
            tenant,
            *(
                charge(str(Decimal(self._dice.randint(1, 10**7)).scaleb(-2)), item)
                for item in sorted(chosen)
            ),
            version=self._versions[tenant],
        )

    async def _sync(self, tenant: int, charges: ChargeSet) -> None:
        """Try it again while it fails, as a clerk would.

        What is told to be missing is undone before; it may stand after all.
        """
        ends: list[ConnectorFact] = []
        for _ in range(MOST_TRIES):
            end = await self._try_to_sync(tenant, charges)
            if isinstance(end, TenantVerifiedV1):
                self._standing[tenant] = end
                self._is_at(tenant)
                self._tally.syncs += 1
                self._tally.cents_off += _cents(end.total - charges.sell)
                return
            ends.append(end)
            self._tally.tried_again += 1
            if isinstance(end, TenantSyncFailedV1) and end.code != "drifted":
                continue
            await self._reverse(tenant)
        raise AssertionError(f"{charges.tenant_id} cannot be synced: {ends!r}")

    async def _try_to_sync(self, tenant: int, charges: ChargeSet) -> ConnectorFact:
        """Plan and confirm; how it ended."""
        desk = self._desk
        self._is_at(tenant, "plan")
        plan = await desk.outcome(await desk.ask_plan(charges), TenantPlannedV1)
        if not isinstance(plan, TenantPlannedV1):
            return plan
        self._is_at(tenant, *{write.action for write in plan.writes}, "verify")
        request = await desk.ask_apply(charges.tenant_id, plan.plan_hash)
        return await desk.outcome(request, TenantVerifiedV1)

    async def _reverse(self, tenant: int) -> None:
        desk = self._desk
        self._is_at(tenant, "delete")
        for _ in range(MOST_TRIES):
            request = await desk.ask_reverse(f"tenant-{tenant}")
            if isinstance(await desk.outcome(request, TenantReversedV1), TenantReversedV1):
                self._standing.pop(tenant, None)
                self._is_at(tenant)
                self._tally.reversals += 1
                return
            self._tally.tried_again += 1
        raise AssertionError(f"tenant-{tenant} of {desk.partner_id} cannot be reversed")

    def _is_at(self, tenant: int, *verbs: str) -> None:
        place = self._desk.psa.connector, self._desk.partner_id, tenant
        self._tally.at[place] = tuple(verb for verb in verbs if verb != "unchanged")

    async def _count(self) -> None:
        """What the ledger knows is there once with its amount, nothing else is, and it adds up."""
        rows = await self._desk.patiently(self._desk.ledger)
        wanted = {row.label: Decimal(row.amount) for row in rows if row.state != "removed"}
        standing = self._desk.psa.standing()
        amounts = {one.label: one.amount for one in standing}
        self._tally.lost += len(wanted.keys() - amounts.keys())
        self._tally.duplicated += len(standing) - len(wanted.keys() & amounts.keys())
        owed = add(verified.total for verified in self._standing.values())
        self._tally.cents_off += _cents(add(amounts.values()) - owed)
        self._tally.cents_off += sum(
            _cents(amounts[label] - amount) for label, amount in wanted.items() if label in amounts
        )


def _cents(difference: Decimal) -> int:
    return int(abs(difference).scaleb(2))
