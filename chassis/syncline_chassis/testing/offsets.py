"""Part of the conformance suite: what the PSA has billed is taken back, and stays so."""

from decimal import Decimal
from typing import Any

import pytest
from syncline_contracts.tenant import TenantDriftedV1, TenantSyncFailedV1, TenantVerifiedV1

from syncline_chassis.connector.ledger import Ledger
from syncline_chassis.testing.change import pass_a_day, told
from syncline_chassis.testing.desk import Desk, DeskMaker, charge, total
from syncline_chassis.testing.psa import Trouble
from syncline_chassis.unit_of_work import UnitOfWork

BILLED, TAKEN_BACK, ANEW = Decimal("100.10"), Decimal("-100.10"), Decimal("7.00")


async def _billed(desks: DeskMaker) -> Desk:
    """A tenant whose one record the PSA has put on an invoice."""
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("100.10")))
    desk.psa.invoice(synced.records[0].label)
    return desk


async def _taken_back(desks: DeskMaker) -> tuple[Desk, dict[Decimal, str]]:
    """A tenant that was billed, and then charged otherwise; labels by amount."""
    desk = await _billed(desks)
    await desk.sync(desk.charges(0, charge("7.00"), version=2))
    labels = {one.amount: one.label for one in desk.psa.standing()}
    assert labels.keys() == {BILLED, TAKEN_BACK, ANEW}
    return desk, labels


class Offsets:
    """See `Conformance`."""

    async def test_what_is_invoiced_is_taken_back_and_billed_anew(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = await _billed(desks)
        written = desk.psa.writes_sent()
        await desk.sync(desk.charges(0, charge("100.10")))
        assert desk.psa.writes_sent() == written
        plan = await desk.plan(desk.charges(0, charge("7.00"), version=2))
        assert sorted((write.action, write.amount) for write in plan.writes) == [
            ("create", Decimal("-100.10")),
            ("create", Decimal("7.00")),
            ("unchanged", Decimal("100.10")),
        ]
        done = await desk.apply(plan)
        await desk.answer(TenantVerifiedV1, done.request_id)
        assert (total(desk), len(desk.psa.standing())) == ("7.00", 3)
        again = await desk.plan(desk.charges(0, charge("7.00"), version=2))
        assert {write.action for write in again.writes} == {"unchanged"}
        reversal = await desk.reverse("tenant-0")
        assert [one.amount for one in reversal.records] == [ANEW]
        assert [one.amount for one in reversal.offsets] == [TAKEN_BACK]
        assert (total(desk), len(desk.psa.standing())) == ("0.00", 2)

    async def test_what_is_invoiced_and_no_longer_charged_is_taken_back(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0))
        for record in synced.records:
            desk.psa.invoice(record.label)
        await desk.sync(desk.charges(0, charge("100.10"), version=2))
        assert total(desk) == "100.10"

    @pytest.mark.parametrize("kind", [None, "500", "cut_after_commit", "cut_before"])
    async def test_a_reversal_takes_back_what_is_invoiced_once(
        self, service: Any, desks: DeskMaker, kind: Trouble | None
    ) -> None:
        desk = await _billed(desks)
        if kind is not None:
            desk.disturb(kind, "create")
        reversal = await desk.reverse("tenant-0")
        assert [one.amount for one in reversal.offsets] == [Decimal("-100.10")]
        assert reversal.records == ()
        again = await desk.reverse("tenant-0")
        assert (again.records, again.offsets) == ((), reversal.offsets)
        assert (total(desk), len(desk.psa.standing())) == ("0.00", 2)
        await desk.sync(desk.charges(0, charge("100.10")))
        assert (total(desk), len(desk.psa.standing())) == ("100.10", 3)

    async def test_an_offset_that_was_taken_away_is_written_anew_by_an_undo(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk, labels = await _taken_back(desks)
        desk.psa.remove(labels[TAKEN_BACK])
        failed = await desk.fail_plan(desk.charges(0, charge("7.00"), version=2))
        assert failed.code == "drifted"
        assert "undo this tenant and sync it again" in failed.message
        reversal = await desk.reverse("tenant-0")
        assert [one.amount for one in reversal.offsets] == [TAKEN_BACK]
        assert reversal.offsets[0].label != labels[TAKEN_BACK]
        assert (total(desk), len(desk.psa.standing())) == ("0.00", 2)
        await desk.sync(desk.charges(0, charge("7.00"), version=2))
        assert (total(desk), len(desk.psa.standing())) == ("7.00", 3)

    async def test_an_undo_takes_an_offset_away_that_has_nothing_left_to_take_back(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk, labels = await _taken_back(desks)
        desk.psa.remove(labels[BILLED])
        reversal = await desk.reverse("tenant-0")
        assert sorted(one.amount for one in reversal.records) == [TAKEN_BACK, ANEW]
        assert (reversal.offsets, desk.psa.standing()) == ((), [])

    async def test_an_offset_that_was_changed_stops_an_undo_in_words(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk, labels = await _taken_back(desks)
        written = desk.psa.writes_sent()
        desk.psa.meddle(labels[TAKEN_BACK], Decimal("-90.00"))
        (failed,) = await desk.answer(TenantSyncFailedV1, await desk.ask_reverse("tenant-0"))
        assert (failed.code, desk.psa.writes_sent()) == ("drifted", written)
        assert "Change it back there, or delete it there and undo this tenant." in failed.message
        desk.psa.remove(labels[TAKEN_BACK])
        await desk.reverse("tenant-0")
        assert (total(desk), len(desk.psa.standing())) == ("0.00", 2)

    async def test_an_offset_that_is_answered_and_not_stored_is_sent_again(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = await _billed(desks)
        desk.disturb("not_done", "create")
        reversal = await desk.reverse("tenant-0")
        assert [one.amount for one in reversal.offsets] == [TAKEN_BACK]
        assert (total(desk), len(desk.psa.standing())) == ("0.00", 2)

    async def test_an_offset_is_still_looked_at_once_everything_is_undone(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = await _billed(desks)
        reversal = await desk.reverse("tenant-0")
        verified = (await desk.answer(TenantVerifiedV1, reversal.request_id))[0]
        assert sorted(one.amount for one in verified.records) == [TAKEN_BACK, BILLED]
        desk.psa.remove(reversal.offsets[0].label)
        (drift,) = (await desk.drift("tenant-0")).drifts
        assert drift.off_by == BILLED
        await desk.reverse("tenant-0")
        assert (total(desk), len(desk.psa.standing())) == ("0.00", 2)

    async def test_an_offset_that_is_put_right_after_an_undo_is_told_by_the_next_look(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = await _billed(desks)
        (offset,) = (await desk.reverse("tenant-0")).offsets
        looks = len(await told(desk, TenantVerifiedV1, 2))
        desk.psa.meddle(offset.label, Decimal("-90.00"))
        await pass_a_day(service, desk)
        await told(desk, TenantDriftedV1, 1)
        desk.psa.meddle(offset.label, TAKEN_BACK)
        await pass_a_day(service, desk)
        await told(desk, TenantVerifiedV1, looks + 1)

    async def test_what_was_changed_before_it_was_billed_is_taken_back_as_it_was_billed(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0, charge("100.10")))
        desk.psa.meddle(synced.records[0].label, Decimal("90.00"))
        desk.psa.invoice(synced.records[0].label)
        reversal = await desk.reverse("tenant-0")
        assert [one.amount for one in reversal.offsets] == [Decimal("-90.00")]
        verified = (await desk.answer(TenantVerifiedV1, reversal.request_id))[0]
        assert str(verified.total) == "0.00"
        await desk.reverse("tenant-0")
        await desk.sync(desk.charges(0, charge("100.10")))
        assert (total(desk), len(desk.psa.standing())) == ("100.10", 3)

    async def test_a_missing_offset_stays_told_while_an_undo_cannot_go_on(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0))
        for record in synced.records:
            desk.psa.invoice(record.label)
        reversal = await desk.reverse("tenant-0")
        missing, changed = reversal.offsets
        desk.psa.remove(missing.label)
        desk.psa.meddle(changed.label, Decimal("-1.00"))
        await desk.answer(TenantSyncFailedV1, await desk.ask_reverse("tenant-0"))
        drifts = (await desk.drift("tenant-0")).drifts
        assert {one.label for one in drifts} == {missing.label, changed.label}

    async def test_a_billed_amount_that_is_told_wrong_once_is_taken_back_as_it_is(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = await _billed(desks)
        desk.disturb("off_by_cent", "read")
        reversal = await desk.reverse("tenant-0")
        assert [one.amount for one in reversal.offsets] == [TAKEN_BACK]
        assert total(desk) == "0.00"

    async def test_an_offset_that_one_look_misses_is_not_written_twice(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk, labels = await _taken_back(desks)
        desk.disturb("left_out", "read")
        await desk.reverse("tenant-0")
        standing = {one.label for one in desk.psa.standing()}
        assert standing == {labels[BILLED], labels[TAKEN_BACK]}

    async def test_a_sync_goes_on_where_an_undo_broke_off_after_it_missed_an_offset(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk, labels = await _taken_back(desks)
        desk.psa.remove(labels[TAKEN_BACK])
        tenant = desk.invoice_key, "tenant-0"

        async def forget(uow: UnitOfWork) -> None:
            rows = (await Ledger(uow).of_tenants(desk.partner_id, [tenant]))[tenant]
            (offset,) = (row for row in rows if row.offsets)
            await Ledger(uow).step(offset, "removed", service.clock.now(), entry={"found": False})

        await service.in_transaction(forget)
        plan = await desk.plan(desk.charges(0, charge("7.00"), version=2))
        assert sorted((write.action, write.amount) for write in plan.writes) == [
            ("create", TAKEN_BACK),
            ("unchanged", ANEW),
            ("unchanged", BILLED),
        ]
        done = await desk.apply(plan)
        await desk.answer(TenantVerifiedV1, done.request_id)
        assert (total(desk), len(desk.psa.standing())) == ("7.00", 3)
