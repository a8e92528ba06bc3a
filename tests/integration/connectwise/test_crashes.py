"""The connector dies in the middle of many writes; another goes on, each addition is there once."""

import signal
from pathlib import Path

import pytest
from syncline_chassis.testing.desk import charge
from syncline_chassis.testing.psa import Trouble, Verb
from syncline_chassis.testing.wait import until
from syncline_contracts.tenant import TenantReversedV1, TenantVerifiedV1

from tests.conftest import Servers
from tests.integration.connectwise.desk import DeskMaker
from tests.integration.process import patiently, run_alone
from tests.integration.quick import VAULT_KEY

ITEMS = ("AZ-CONS", "AZ-RI")
"""A charge each: the first is written, the second in flight when the process dies."""


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
@pytest.mark.parametrize("moment", ["slow", "slow_after_commit"])
async def test_killed_in_the_middle_of_many_writes_each_is_made_once(
    servers: Servers, desks: DeskMaker, tmp_path: Path, verb: Verb, moment: Trouble
) -> None:
    process = run_alone(servers, "connectwise", VAULT_KEY, tmp_path / "first.log")
    desk = desks()
    try:
        await patiently(desk.connect)
        charges = desk.charges(0, *(charge("1.00", item) for item in ITEMS))
        if verb != "create":
            await desk.sync(charges)
            charges = desk.charges(0, *(charge("2.00", item) for item in ITEMS), version=2)
        before = desk.psa.writes_sent()
        if verb == "delete":
            desk.psa.trouble(moment, "delete", delay_s=1.5)
            request, sent_first = await desk.ask_reverse("tenant-0"), 1
        else:
            plan = await desk.plan(charges)
            second = sorted(write.external_key for write in plan.writes)[-1]
            desk.psa.trouble(moment, verb, match=second if verb == "create" else "", delay_s=1.5)
            request, sent_first = await desk.ask_apply(plan.tenant_id, plan.plan_hash), 1

        async def sent() -> bool:
            return desk.psa.writes_sent() >= before + sent_first

        await until(sent)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = run_alone(servers, "connectwise", VAULT_KEY, tmp_path / "second.log")
        if verb == "delete":
            await desk.answer(TenantReversedV1, request, timeout_s=40)
            assert desk.psa.standing() == []
            return
        await desk.answer(TenantVerifiedV1, request, timeout_s=40)
        amount = "1.00" if verb == "create" else "2.00"
        assert [f"{one.amount:.2f}" for one in desk.psa.standing()] == [amount] * 2
    finally:
        process.terminate()
        process.wait(30)
