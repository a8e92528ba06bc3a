"""What was written can be taken away again: once, only what is ours, and it can be synced anew."""

import pytest
from syncline_chassis.service import Service
from syncline_contracts.tenant import TenantReversedV1, TenantSyncFailedV1

from tests.integration.xero.desk import Desk, DeskMaker, charge


def statuses(desk: Desk) -> list[tuple[str, str]]:
    return sorted((one["status"], one["sub_total"]) for one in desk.xero.invoices())


async def test_a_draft_is_deleted_and_the_fact_says_what_it_was(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    done = await desk.reverse("tenant-0")
    assert done.records == verified.records
    assert statuses(desk) == [("DELETED", "120.15")]
    (row,) = await desk.ledger()
    assert (row.state, row.history[-1]["state"]) == ("removed", "removed")

    writes = desk.xero.stats()["write_requests"]
    assert (await desk.reverse("tenant-0")).records == ()
    assert desk.xero.stats()["write_requests"] == writes


async def test_after_a_reversal_a_sync_makes_a_record_of_a_new_generation(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    first = await desk.sync(desk.charges(0))
    await desk.reverse("tenant-0")
    second = await desk.sync(desk.charges(0, charge("7.00"), version=2))
    assert statuses(desk) == [("DELETED", "120.15"), ("DRAFT", "7.00")]
    assert second.records[0].external_key != first.records[0].external_key
    assert [row.generation for row in await desk.ledger()] == [1, 2]


async def test_what_is_no_draft_any_more_stays_and_the_reason_is_told(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(verified.records[0].label, status="AUTHORISED")
    (failed,) = await desk.answer(TenantSyncFailedV1, await desk.ask_reverse("tenant-0"))
    assert (failed.stage, failed.code) == ("reverse", "locked")
    assert "AUTHORISED" in failed.message
    assert statuses(desk) == [("AUTHORISED", "120.15")]


async def test_what_a_person_deleted_meanwhile_is_reversed_without_a_write(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(verified.records[0].label, status="DELETED")
    writes = desk.xero.stats()["write_requests"]
    assert len((await desk.reverse("tenant-0")).records) == 1
    assert desk.xero.stats()["write_requests"] == writes


@pytest.mark.parametrize(
    "kind",
    [
        *("cut_before", "cut_after_commit", "500_after_commit", "503"),
        *("malformed_json", "slow_after_commit", "429"),
    ],
)
async def test_whatever_happens_to_a_deletion_it_is_carried_out_and_told_once(
    service: Service, desks: DeskMaker, kind: str
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    delay_s = 3 if kind.startswith("slow") else 0
    desk.xero.fault(kind, method="POST", delay_s=delay_s, retry_after_s=1)
    done = await desk.reverse("tenant-0")
    assert [str(record.amount) for record in done.records] == ["120.15"]
    assert statuses(desk) == [("DELETED", "120.15")]
    told = [one for one in await desk.facts() if isinstance(one, TenantReversedV1)]
    assert len(told) == 1
