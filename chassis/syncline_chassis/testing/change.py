"""What every connector promises while things change around it; a part of `Conformance`.

Plans grow stale, mappings are edited, days pass, the vendor asks to wait, names are odd.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from syncline_contracts.tenant import (
    ConnectorFact,
    TenantDriftedV1,
    TenantPlannedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from syncline_chassis.connector.jobs import JOBS, Jobs
from syncline_chassis.connector.turn import WORKER
from syncline_chassis.testing.desk import CONNECTION, Desk, DeskMaker, charge, total
from syncline_chassis.testing.psa import ODD_NAME
from syncline_chassis.testing.wait import until

RETRY_AFTER_S = 2


async def waiting(service: Any, desk: Desk) -> list[dict[str, Any]]:
    """Jobs of a partner that are not done yet."""
    found: list[dict[str, Any]] = await service.mongo.collection(JOBS).find(
        {"partner_id": desk.partner_id}
    )
    return found


async def pass_a_day(service: Any, desk: Desk) -> None:
    """What was put off until tomorrow is due now."""
    now = service.clock.now()
    await service.in_transaction(lambda uow: Jobs(uow).wake(desk.partner_id, CONNECTION, now))
    service.wake(WORKER)


async def pass_the_last_day(service: Any, desk: Desk) -> None:
    """The same, and no other look follows."""
    await pass_a_day(service, desk)

    async def nothing_waits() -> bool:
        return not await waiting(service, desk)

    await until(nothing_waits, what="the end of the looks")


async def told(desk: Desk, kind: type[ConnectorFact], count: int) -> list[ConnectorFact]:
    """Facts of a kind, once there are so many."""

    async def look() -> list[ConnectorFact]:
        found = [one for one in await desk.facts() if isinstance(one, kind)]
        return found if len(found) >= count else []

    return await until(look, what=f"{count} {kind.__name__}")


class Change:
    """The part."""

    page_size: ClassVar[str] = ""
    """Name of the constant that says how many records a page of the vendor has."""
    other_settings: ClassVar[dict[str, str]]
    """Fields of the form that decide over records, with other values than by default."""

    async def test_other_settings_alone_are_no_drift(self, service: Any, desks: DeskMaker) -> None:
        desk = desks()
        saved = await desk.connect()
        await desk.sync(desk.charges(0))
        await desk.connect(saved.version, **self.other_settings)
        verified = await desk.verify("tenant-0")
        assert str(verified.total) == "120.15"

    async def test_a_plan_is_refused_once_a_person_changed_the_record(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0, charge("100.10")))
        plan = await desk.plan(desk.charges(0, charge("90.00"), version=2))
        desk.psa.meddle(synced.records[0].label, Decimal("55.55"))
        written = desk.psa.writes_sent()
        failed = await desk.fail_apply(plan)
        assert (failed.code, "55.55" in failed.message) == ("stale_plan", True), failed.message
        assert (desk.psa.writes_sent(), total(desk)) == (written, "55.55")

    async def test_a_plan_to_create_is_refused_once_the_record_is_there(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0))
        await desk.sync(desk.charges(0, charge("7.00")))
        written = desk.psa.writes_sent()
        assert (await desk.fail_apply(plan)).code == "stale_plan"
        assert (desk.psa.writes_sent(), total(desk)) == (written, "7.00")

    async def test_one_that_is_refused_stops_no_other(self, service: Any, desks: DeskMaker) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0, charge("100.10")))
        newer = [desk.charges(0, charge("9.00"), version=2), desk.charges(1, charge("2.00"))]
        lost = desk.charges(2, charge("5.00", "NO-SUCH-PRODUCT"))
        asked = {one.tenant_id: await desk.ask_plan(one) for one in (*newer, lost)}
        (refused,) = await desk.answer(TenantSyncFailedV1, asked.pop("tenant-2"))
        assert (refused.stage, "NO-SUCH-PRODUCT" in refused.message) == ("plan", True)
        plans = await desk.answer(TenantPlannedV1, asked)
        desk.psa.meddle(synced.records[0].label, Decimal("55.55"))
        applied = {p.tenant_id: await desk.ask_apply(p.tenant_id, p.plan_hash) for p in plans}
        (stale,) = await desk.answer(TenantSyncFailedV1, applied["tenant-0"])
        (verified,) = await desk.answer(TenantVerifiedV1, applied["tenant-1"])
        assert (stale.code, str(verified.total)) == ("stale_plan", "2.00")
        assert total(desk) == "57.55"

    async def test_another_product_changes_the_very_record(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        first = await desk.sync(desk.charges(0, charge("5.00")))
        moved = desk.charges(0, charge("5.00", product_id="AZ-RI"), version=2)
        plan = await desk.plan(moved)
        assert [write.action for write in plan.writes] == ["update"]
        second = await desk.sync(moved)
        assert [one.ref for one in second.records] == [one.ref for one in first.records]
        # What is read back is what is wanted now: the product, too.
        again = await desk.plan(moved)
        assert [write.action for write in again.writes] == ["unchanged"]
        assert total(desk) == "5.00"

    async def test_another_client_moves_what_is_billed(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0))
        assert {one.client for one in desk.psa.standing()} == {desk.psa.client(0)}
        await desk.sync(desk.charges(1, version=2, tenant_id="tenant-0", tenant_name="Customer 0"))
        assert {one.client for one in desk.psa.standing()} == {desk.psa.client(1)}
        assert total(desk) == "120.15"

    async def test_it_looks_again_every_day_until_the_psa_has_invoiced_it(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        verified = await desk.sync(desk.charges(0))
        (job,) = await waiting(service, desk)
        assert job["due_at"] - service.clock.now() > timedelta(hours=23)
        await pass_a_day(service, desk)
        looks = await told(desk, TenantVerifiedV1, 2)
        assert len({one.request_id for one in looks}) == len(looks)
        for record in verified.records:
            desk.psa.invoice(record.label)
        await pass_the_last_day(service, desk)
        assert not [one for one in await desk.facts() if isinstance(one, TenantDriftedV1)]

    async def test_drift_is_told_although_nobody_asked(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        verified = await desk.sync(desk.charges(0, charge("100.10")))
        desk.psa.meddle(verified.records[0].label, Decimal("90.00"))
        await pass_a_day(service, desk)
        (drifted,) = await told(desk, TenantDriftedV1, 1)
        assert isinstance(drifted, TenantDriftedV1)
        assert [str(one.off_by) for one in drifted.drifts] == ["-10.10"]

    async def test_what_was_reversed_is_not_looked_at_any_more(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0))
        await desk.reverse("tenant-0")
        await pass_the_last_day(service, desk)
        assert not [one for one in await desk.facts() if isinstance(one, TenantSyncFailedV1)]

    async def test_what_goes_between_two_pages_hides_nothing(
        self, service: Any, desks: DeskMaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0))
        monkeypatch.setattr(self.page_size, 1)
        first, *_ = desk.psa.standing()
        desk.disturb("slow", "read", delay_s=0)  # the first page, as it is
        held = desk.disturb("slow", "read", delay_s=1)
        request = await desk.ask_verify("tenant-0")

        async def second_page_is_asked_for() -> bool:
            return desk.psa.fired(held) > 0

        await until(second_page_is_asked_for, what="a second page")
        desk.psa.remove(first.label)
        end = await desk.end(request)
        drifts = end.drifts if isinstance(end, TenantDriftedV1) else ()
        assert {one.label for one in drifts} <= {first.label}
        assert (await desk.drift("tenant-0")).drifts[0].label == first.label

    async def test_a_limit_is_waited_for_as_asked(self, service: Any, desks: DeskMaker) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0, charge("100.10")))
        desk.disturb("429", "create", retry_after_s=RETRY_AFTER_S)
        request = await desk.ask_apply(plan.tenant_id, plan.plan_hash)
        await desk.answer(TenantSyncedV1, request)
        arrivals = desk.psa.arrivals()
        refused, again = [one.at for one in arrivals if one.is_write]
        early = [one for one in arrivals if refused < one.at < refused + RETRY_AFTER_S]
        assert (early, again - refused >= RETRY_AFTER_S) == ([], True)
        assert total(desk) == "100.10"

    async def test_a_search_asks_the_psa_once_until_the_connection_is_edited(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        first = await desk.search("client", "Customer 1")
        asked = len(desk.psa.arrivals())
        assert await desk.search("client", "Customer 1") == first
        assert len(desk.psa.arrivals()) == asked
        await desk.search("client", "Customer 2")
        assert (more := len(desk.psa.arrivals())) > asked
        await desk.connect(expected=1)
        assert await desk.search("client", "Customer 1") == first
        assert len(desk.psa.arrivals()) > more

    @pytest.mark.parametrize("kind", ["client", "product"])
    async def test_a_name_with_quotes_and_emoji_is_found_and_billed(
        self, service: Any, desks: DeskMaker, kind: str
    ) -> None:
        desk = desks(odd_name=ODD_NAME)
        await desk.connect()
        found = await desk.search(kind, ODD_NAME)
        (item,) = [one for one in found if ODD_NAME in one.name]
        if kind == "client":
            assert item.id == desk.psa.client(0)
        product = item.id if kind == "product" else "AZ-CONS"
        charges = desk.charges(0, charge("5.00", product_id=product), client_name=ODD_NAME)
        assert str((await desk.sync(charges)).total) == total(desk) == "5.00"
