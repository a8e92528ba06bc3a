"""Uploads: in once, to the last digit, whatever is killed; or refused as a whole."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_contracts.ingest_query import (
    GetOriginalRow,
    ListDocuments,
    OriginalRow,
    SubmitUpload,
)
from syncline_contracts.query import Page
from syncline_ingest import publishing
from syncline_ingest.intake import PUBLISHER, Intake
from syncline_ingest.leases import Leases
from syncline_ingest.staged import StagedBatch
from syncline_ingest.staging import RUNS, STAGED
from syncline_sandbox.reconciliation import generate_reconciliation

from tests.conftest import Servers
from tests.integration.ingest_stack import (
    ADMIN,
    Seen,
    assert_ties,
    eventually,
    running,
    sha256,
    soon,
    upload,
)
from tests.unit.ingest.samples import recon


@pytest.fixture
async def seen(servers: Servers) -> AsyncIterator[Seen]:
    async with servers.bus(ADMIN) as bus:
        yield Seen(bus)


@pytest.fixture
async def portal(servers: Servers) -> AsyncIterator[Bus]:
    async with servers.bus("portal") as bus:
        yield bus


def without_publisher(service: Service) -> None:
    async def nothing() -> None:
        return

    service.worker(PUBLISHER, nothing, every_s=60)


async def staged(service: Service, partner: str) -> int:
    return await service.mongo.collection(STAGED).count({"partner_id": partner})


async def test_a_file_is_detected_and_its_lines_are_published(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    file = generate_reconciliation(11, tenants=6)
    async with running(servers) as service:
        answer = await upload(portal, "up-one", file.to_csv().encode())
        batches = await seen.complete("up-one")

        async def gone() -> bool | None:
            return True if await staged(service, "up-one") == 0 else None

        await eventually(gone)
    assert answer.outcome == "accepted"
    assert answer.document.invoice_no == file.invoice_number
    (event,) = await seen.detected("up-one")
    assert event.cost == file.subtotal
    assert event.lines == len(file.rows)
    assert event.document_sha256 == sha256(file.to_csv().encode())
    assert_ties(event, batches)


async def test_a_row_is_shown_as_it_came_to_its_partner_alone(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    data = gzip.compress(recon({}, {"ProductName": "=1+1", "SkuName": "x" * 70_000}))
    async with running(servers):
        await upload(portal, "up-rows", data, "october.csv.gz")
        await seen.complete("up-rows")

        async def row(number: int, partner: str = "up-rows") -> OriginalRow:
            query = GetOriginalRow(partner_id=partner, document_sha256=sha256(data), row=number)
            return await portal.ask(query)

        found = await row(2)
        told = []
        for number, partner in ((3, "up-rows"), (2, "up-others")):
            with pytest.raises(ProblemError) as caught:
                await row(number, partner)
            told.append((caught.value.status, caught.value.detail))
    cells = {one.column: one for one in found.cells}
    assert (found.document.name, found.row) == ("october.csv.gz", 2)
    assert (cells["ProductName"].value, cells["ProductName"].is_cut) == ("=1+1", False)
    assert (cells["SkuName"].value[:3], cells["SkuName"].is_cut) == ("xxx", True)
    assert told == [
        (404, "october.csv.gz has no row 3."),
        (404, "There is no document with this content."),
    ]


async def test_the_same_content_twice_is_one_invoice(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    data = recon({}, {})
    async with running(servers):
        first = await upload(portal, "up-two", data, "a.csv")
        second = await upload(portal, "up-two", data, "another-name.csv")
        await seen.complete("up-two")
        answer = await portal.ask(ListDocuments(partner_id="up-two"))
    assert (first.outcome, second.outcome) == ("accepted", "already_known")
    assert len(await seen.detected("up-two")) == 1
    assert [one.name for one in answer.documents] == ["a.csv"]


async def test_the_same_content_at_the_same_moment_is_one_invoice(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    data = recon({}, {})
    async with running(servers), running(servers):
        answers = await asyncio.gather(*(upload(portal, "up-twins", data) for _ in range(6)))
        await seen.complete("up-twins")
    assert sorted(one.outcome for one in answers) == ["accepted", *["already_known"] * 5]


async def test_two_partners_with_the_same_file_have_nothing_in_common(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    data = recon({})
    async with running(servers):
        one = await upload(portal, "up-left", data)
        other = await upload(portal, "up-right", data)
        left, right = await seen.complete("up-left"), await seen.complete("up-right")
        nothing = await portal.ask(ListDocuments(partner_id="up-nobody"))
    assert (one.outcome, other.outcome) == ("accepted", "accepted")
    assert left[0].invoice_key != right[0].invoice_key
    assert nothing.documents == ()


async def test_other_content_of_one_invoice_is_the_next_revision(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        await upload(portal, "up-rev", recon({}))
        second = await upload(portal, "up-rev", recon({}, {"Subtotal": "5.00"}))
        batches = await seen.complete("up-rev", invoices=2)
    assert second.document.revision == 2
    events = {event.revision: event for event in await seen.detected("up-rev")}
    assert sorted(events) == [1, 2]
    assert events[1].invoice_key == events[2].invoice_key
    for event in events.values():
        assert_ties(event, batches)


async def test_revisions_at_the_same_moment_each_get_a_number(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    files = [recon({"Subtotal": f"{number}.00"}) for number in range(8)]
    async with running(servers), running(servers):
        answers = await asyncio.gather(*(upload(portal, "up-race", data) for data in files))
        await seen.complete("up-race", invoices=8)
    assert sorted(one.document.revision or 0 for one in answers) == list(range(1, 9))


async def test_one_number_of_two_accounts_is_two_invoices(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        one = await upload(portal, "up-acc", recon({}))
        other = await upload(portal, "up-acc", recon({"PartnerId": "another-account"}))
        await seen.complete("up-acc", invoices=2)
    assert (one.document.revision, other.document.revision) == (1, 1)
    assert one.document.invoice_key != other.document.invoice_key


async def test_killed_between_commit_and_publish_the_next_process_publishes_all(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    file = generate_reconciliation(12, tenants=5)
    async with running(servers, without_publisher) as service:
        answer = await upload(portal, "up-kill", file.to_csv().encode())
        assert answer.document.status == "committed"
        assert await seen.batches("up-kill") == []
        assert await staged(service, "up-kill") > 0
    async with running(servers):
        batches = await seen.complete("up-kill")
    (event,) = await seen.detected("up-kill")
    assert_ties(event, batches)


async def test_killed_while_publishing_every_batch_is_there_once(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = generate_reconciliation(13, tenants=9)
    splice, said = publishing.splice, 0

    def dying(head: publishing.PublishedHead, batch: StagedBatch) -> bytes:
        nonlocal said
        said += 1
        if said > 4:
            raise RuntimeError("killed")
        return splice(head, batch)

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "splice", dying)
        patch.setattr(publishing, "MARK_EVERY_BATCHES", 2)
        async with running(servers):
            await upload(portal, "up-half", file.to_csv().encode())

            async def died() -> bool | None:
                return True if said > 4 else None

            await eventually(died)
    async with running(servers):
        batches = await seen.complete("up-half")
    (event,) = await seen.detected("up-half")
    assert_ties(event, batches)


async def test_killed_before_the_commit_nothing_is_in_and_nothing_stays(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(self: Intake, *rest: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("syncline_ingest.intake.RUN_GRACE", timedelta(days=-1))
    async with running(servers, ingest_sweep_every_s=3600) as service:
        with monkeypatch.context() as patch:
            patch.setattr(Intake, "_commit", dies)
            with pytest.raises(ProblemError):
                await upload(portal, "up-gone", recon({}))
        runs = service.mongo.collection(RUNS)
        assert await runs.count({"partner_id": "up-gone"}) == 1
        assert await staged(service, "up-gone") == 1
        await Intake(service, Leases(service.mongo, service.clock, 30)).sweep()
        assert await runs.count({"partner_id": "up-gone"}) == 0
        assert await staged(service, "up-gone") == 0
        blobs = service.mongo.collection("blobs")
        assert await blobs.count({"blob_id": f"up-gone/{sha256(recon({}))}"}) == 0
        assert await seen.detected("up-gone") == []
        again = await upload(portal, "up-gone", recon({}))
        await seen.complete("up-gone")
    assert again.outcome == "accepted"


async def test_a_refused_file_is_one_event_however_often_it_comes(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    data = recon({}, {"Subtotal": "12,3,4"})
    async with running(servers) as service:
        first = await upload(portal, "up-bad", data)
        again = await upload(portal, "up-bad", data, "renamed.csv")
        await soon(seen.rejected, "up-bad")
        stored = service.mongo.get_blob(f"up-bad/{sha256(data)}")
        assert b"".join([chunk async for chunk in stored]) == data
        assert await staged(service, "up-bad") == 0
    for answer in (first, again):
        assert answer.outcome == "rejected"
        assert (answer.document.row, answer.document.column) == (2, "Subtotal")
    (event,) = await seen.rejected("up-bad")
    assert event.code == "bad_number"
    assert event.message.startswith("october.csv, row 2, column Subtotal: '12,3,4' is not a number")
    assert await seen.detected("up-bad") == []
    assert await seen.batches("up-bad") == []


async def test_a_file_beyond_the_limit_is_refused(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers, ingest_max_upload_bytes=100):
        answer = await upload(portal, "up-large", recon({}))
    assert (answer.outcome, answer.document.code) == ("rejected", "too_large")


async def test_an_upload_that_is_not_there_says_so(servers: Servers, portal: Bus) -> None:
    query = SubmitUpload(
        partner_id="up-none",
        actor="ann",
        object_name="0" * 36,
        file_name="x.csv",
    )
    async with running(servers):
        with pytest.raises(ProblemError, match="not there") as caught:
            await portal.ask(query)
    assert caught.value.status == 404


async def test_documents_come_in_pages_newest_first(servers: Servers, portal: Bus) -> None:
    async with running(servers):
        for number in range(5):
            await upload(portal, "up-list", recon({"Subtotal": f"{number}"}), f"{number}.csv")
        names, cursor = [], None
        while True:
            page = Page(limit=2, cursor=cursor)
            answer = await portal.ask(ListDocuments(partner_id="up-list", page=page))
            names += [one.name for one in answer.documents]
            cursor = answer.next_cursor
            if cursor is None:
                break
    assert names == ["4.csv", "3.csv", "2.csv", "1.csv", "0.csv"]
