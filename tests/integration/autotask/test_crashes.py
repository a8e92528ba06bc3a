"""The connector dies in the middle of many writes; another goes on, each charge is there once."""

import signal
from decimal import Decimal
from pathlib import Path

import pytest
from syncline_chassis.testing.desk import charge
from syncline_chassis.testing.wait import until
from syncline_contracts.tenant import TenantVerifiedV1

from tests.conftest import Servers
from tests.integration.autotask.desk import DeskMaker
from tests.integration.process import patiently, run_alone
from tests.integration.quick import VAULT_KEY

ITEMS = tuple(f"AZ-{number}" for number in range(5))


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
@pytest.mark.parametrize("moment", ["slow", "slow_after_commit"])
async def test_killed_in_the_middle_of_many_writes_each_is_made_once(
    servers: Servers, desks: DeskMaker, tmp_path: Path, verb: str, moment: str
) -> None:
    process = run_alone(servers, "autotask", VAULT_KEY, tmp_path / "first.log")
    desk = desks(codes=ITEMS)
    try:
        await patiently(desk.connect)
        charges = desk.charges(0, *(charge("1.00", item) for item in ITEMS))
        if verb != "create":
            await desk.sync(charges)
            charges = desk.charges(0, *(charge("2.00", item) for item in ITEMS), version=2)
        before = desk.psa.writes_sent()
        if verb == "delete":
            desk.psa.trouble(moment, "delete", delay_s=1.5)
            request = await desk.ask_reverse("tenant-0")
        else:
            plan = await desk.plan(charges)
            third = "AZ-2" if verb == "create" else "AZ-2 of October"
            desk.psa.trouble(moment, "create" if verb == "create" else "update",
                             match=third, delay_s=1.5)  # fmt: skip
            request = await desk.ask_apply(plan.tenant_id, plan.plan_hash)
        sent_first = 1 if verb == "delete" else 3

        async def sent() -> bool:
            return desk.psa.writes_sent() >= before + sent_first

        await until(sent)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = run_alone(servers, "autotask", VAULT_KEY, tmp_path / "second.log")
        if verb == "delete":

            async def gone() -> bool:
                return desk.psa.charges() == []

            await until(gone, timeout_s=40)
            return
        await desk.answer(TenantVerifiedV1, request, timeout_s=40)
        amount = "1.00" if verb == "create" else "2.00"
        stood = sorted((one["name"], one["billableAmount"]) for one in desk.psa.charges())
        assert stood == [(f"{item} of October 2026-10", amount) for item in ITEMS]
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("killed_at", ["the offset", "the new record"])
@pytest.mark.parametrize("moment", ["slow", "slow_after_commit"])
async def test_killed_while_billed_records_are_taken_back_each_is_made_once(
    servers: Servers, desks: DeskMaker, tmp_path: Path, moment: str, killed_at: str
) -> None:
    process = run_alone(servers, "autotask", VAULT_KEY, tmp_path / "first.log")
    desk = desks(codes=ITEMS)
    try:
        await patiently(desk.connect)
        synced = await desk.sync(desk.charges(0, charge("100.10", "AZ-0")))
        desk.psa.invoice(synced.records[0].label)
        before = desk.psa.writes_sent()
        plan = await desk.plan(desk.charges(0, charge("7.00", "AZ-0"), version=2))
        amount = Decimal("-100.1") if killed_at == "the offset" else Decimal("7.00")
        (aim,) = (write.external_key for write in plan.writes if write.amount == amount)
        desk.psa.trouble(moment, "create", match=aim, delay_s=1.5)
        request = await desk.ask_apply(plan.tenant_id, plan.plan_hash)
        sent_first = 1 if killed_at == "the offset" else 2

        async def sent() -> bool:
            return desk.psa.writes_sent() >= before + sent_first

        await until(sent)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = run_alone(servers, "autotask", VAULT_KEY, tmp_path / "second.log")
        await desk.answer(TenantVerifiedV1, request, timeout_s=40)
        stood = sorted(one.amount for one in desk.psa.standing())
        assert stood == [Decimal("-100.1"), Decimal("7.00"), Decimal("100.1")]
    finally:
        process.terminate()
        process.wait(30)
