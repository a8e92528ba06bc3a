"""Part of the conformance suite: the vendor answers 200, and it is not true."""

from decimal import Decimal
from typing import Any

import pytest
from syncline_contracts.money import add
from syncline_contracts.tenant import (
    ConnectorFact,
    TenantDriftedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from syncline_chassis.testing.desk import ZERO, DeskMaker, charge, total
from syncline_chassis.testing.psa import Trouble, Verb
from syncline_chassis.testing.wait import until

WRONG_READS: tuple[Trouble, ...] = ("off_by_cent", "left_out")


def told_off_by(end: ConnectorFact) -> Decimal:
    """By how much the PSA is said to be off, once a sync has come to its end."""
    match end:
        case TenantDriftedV1():
            return add(drift.off_by for drift in end.drifts)
        case TenantSyncFailedV1():
            return end.off_by or ZERO
        case _:
            assert isinstance(end, TenantVerifiedV1)
            return ZERO


class UntrueAnswers:
    """See `Conformance`."""

    @pytest.mark.parametrize("verb", ["create", "update"])
    async def test_what_is_answered_and_not_stored_is_done_after_all_or_told_to_the_cent(
        self, service: Any, desks: DeskMaker, verb: Verb
    ) -> None:
        desk = desks()
        await desk.connect()
        if verb == "update":
            await desk.sync(desk.charges(0, charge("7.00")))
        plan = await desk.plan(desk.charges(0, charge("100.10"), version=2))
        desk.disturb("not_done", verb)
        end = await desk.end(await desk.ask_apply(plan.tenant_id, plan.plan_hash))
        assert told_off_by(end) == add(one.amount for one in desk.psa.standing()) - plan.total

    @pytest.mark.parametrize("kind", WRONG_READS)
    async def test_a_plan_over_a_wrong_answer_makes_nothing_wrong(
        self, service: Any, desks: DeskMaker, kind: Trouble
    ) -> None:
        desk = desks()
        await desk.connect()
        synced, written = await desk.sync(desk.charges(0)), desk.psa.writes_sent()
        dearer = desk.charges(0, charge("110.00"), charge("20.05", "AZ-RI"), version=2)
        desk.disturb(kind, "read")
        if kind == "left_out":
            failed = await desk.fail_plan(dearer)
        else:
            failed = await desk.fail_apply(await desk.plan(dearer))
        assert failed.code == {"off_by_cent": "stale_plan", "left_out": "drifted"}[kind]
        assert (desk.psa.writes_sent(), total(desk)) == (written, "120.15")
        again = await desk.sync(dearer)
        assert {one.ref for one in again.records} == {one.ref for one in synced.records}
        assert total(desk) == "130.05"

    @pytest.mark.parametrize("kind", WRONG_READS)
    async def test_a_wrong_answer_read_back_is_told_and_not_repaired(
        self, service: Any, desks: DeskMaker, kind: Trouble
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0, charge("100.10")))
        written = desk.psa.writes_sent()
        desk.disturb(kind, "read")
        (drift,) = (await desk.drift("tenant-0")).drifts
        assert str(drift.off_by) == {"off_by_cent": "0.01", "left_out": "-100.10"}[kind]
        verified = await desk.verify("tenant-0")
        assert (str(verified.total), desk.psa.writes_sent()) == ("100.10", written)

    async def test_a_record_whose_answer_was_lost_and_that_a_look_misses_is_not_written_twice(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0, charge("100.10")))
        desk.disturb("500_after_commit", "create")
        desk.disturb("left_out", "read", spare=1)  # the look before the write may see it right
        end = await desk.end(await desk.ask_apply(plan.tenant_id, plan.plan_hash))
        assert isinstance(end, TenantVerifiedV1)
        assert total(desk) == "100.10"

    async def test_an_undo_takes_away_what_was_stored_behind_a_lost_answer_and_is_not_as_planned(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0, charge("100.10")))
        desk.disturb("500_after_commit", "create")
        desk.disturb("off_by_cent", "read", spare=1)
        failed = await desk.fail_apply(plan)
        assert (failed.code, len(desk.psa.standing())) == ("stale_plan", 1)
        reversal = await desk.reverse("tenant-0")
        assert [one.label for one in reversal.records] == [plan.writes[0].label]
        assert desk.psa.standing() == []

    async def test_a_record_that_arrives_ever_so_late_beside_its_second_try_is_told(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0, charge("100.10")))
        desk.psa.trouble("slow", "create", delay_s=600)
        end = await desk.end(await desk.ask_apply(plan.tenant_id, plan.plan_hash))
        assert isinstance(end, TenantVerifiedV1)
        desk.psa.let_go()

        async def both() -> bool:
            return len(desk.psa.standing()) == 2

        await until(both, what="the late one")
        (drift,) = (await desk.drift("tenant-0")).drifts
        assert str(drift.off_by) == "100.10"
        assert "Delete all but one of them there" in drift.what
        (failed,) = await desk.answer(TenantSyncFailedV1, await desk.ask_reverse("tenant-0"))
        assert (failed.code, len(desk.psa.standing())) == ("duplicated", 2)

    @pytest.mark.parametrize(("kind", "verb"), [("not_done", "delete"), ("left_out", "read")])
    async def test_nothing_is_said_to_be_gone_that_stands(
        self, service: Any, desks: DeskMaker, kind: Trouble, verb: Verb
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0))
        desk.disturb(kind, verb)
        await desk.reverse("tenant-0")
        assert desk.psa.standing() == []
        await desk.sync(desk.charges(0))
        assert total(desk) == "120.15"
