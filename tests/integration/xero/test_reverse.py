"""What was written can be taken away again: once, only what is ours, and it can be synced anew."""

from syncline_chassis.service import Service

from tests.integration.xero.desk import DeskMaker, XeroDesk, charge


def statuses(desk: XeroDesk) -> list[tuple[str, str]]:
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


async def test_what_is_no_draft_any_more_is_credited_and_that_is_told(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    verified = await desk.sync(desk.charges(0))
    desk.xero.edit(verified.records[0].label, status="AUTHORISED")
    done = await desk.reverse("tenant-0")
    (offset,) = done.offsets
    assert (done.records, str(offset.amount)) == ((), "-120.15")
    assert statuses(desk) == [("AUTHORISED", "120.15"), ("DRAFT", "120.15")]
    assert [row.offsets for row in await desk.ledger()] == [0, 1]


async def test_what_was_made_to_include_the_tax_is_taken_back_before_tax(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    label = (await desk.sync(desk.charges(0))).records[0].label
    desk.xero.edit(label, status="AUTHORISED", amount_types="Inclusive")
    # 100.10 and 20.05 with a tenth of tax in them
    assert statuses(desk) == [("AUTHORISED", "109.23")]
    (offset,) = (await desk.reverse("tenant-0")).offsets
    assert str(offset.amount) == "-109.23"
    assert statuses(desk) == [("AUTHORISED", "109.23"), ("DRAFT", "109.23")]


async def test_what_may_have_been_written_is_looked_for_and_taken_away(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0))
    # As if the answer to the write had been lost, and nothing had settled it since.
    await service.mongo.collection("ledger").update_one(
        {"partner_id": desk.partner_id}, {"$set": {"state": "sending", "ref": None}}
    )
    assert len((await desk.reverse("tenant-0")).records) == 1
    assert statuses(desk) == [("DELETED", "120.15")]


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
