"""Revisions are compared line by line: told once, answered whole, whatever is killed."""

import asyncio
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from syncline_chassis.bus import Bus
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_contracts.identity import invoice_key
from syncline_contracts.ingest_query import GetRevisionComparison
from syncline_contracts.query import Page
from syncline_contracts.revision import InvoiceRevisedV1, RevisedLine, RevisionComparison
from syncline_ingest.comparing import COMPARER, Comparer
from syncline_ingest.comparison import Edition, compare
from syncline_ingest.intake import PUBLISHER
from syncline_ingest.leases import Leases
from syncline_ingest.revisions import PIECES, Revisions
from syncline_sandbox.reconciliation import generate_reconciliation

from tests.conftest import Servers
from tests.integration.ingest_stack import ADMIN, Seen, eventually, running, sha256, upload
from tests.unit.ingest.samples import OTHER, ROW, TENANT, recon, usage

FIRST = recon({}, {"SkuId": "0002", "Subtotal": "5.00"}, {"SkuId": "0003"})
SECOND = recon(
    {"SkuId": "0003"},
    {"SkuId": "0002", "Subtotal": "7.005"},
    {},
    {"CustomerId": OTHER, "CustomerName": "Contoso", "Subtotal": "100"},
)


@pytest.fixture
async def seen(servers: Servers) -> AsyncIterator[Seen]:
    async with servers.bus(ADMIN) as bus:
        yield Seen(bus)


@pytest.fixture
async def portal(servers: Servers) -> AsyncIterator[Bus]:
    async with servers.bus("portal") as bus:
        yield bus


def asking(partner: str, **more: Any) -> GetRevisionComparison:
    key = invoice_key(partner, ROW["PartnerId"].casefold(), ROW["InvoiceNumber"])
    return GetRevisionComparison(partner_id=partner, invoice_key=key, **more)


async def compared(portal: Bus, partner: str, **more: Any) -> RevisionComparison:
    async def look() -> RevisionComparison | None:
        try:
            return await portal.ask(asking(partner, **more))
        except ProblemError as error:
            if error.code != "not_compared_yet":
                raise
            return None

    return await eventually(look)


async def told(seen: Seen, partner: str, count: int = 1) -> list[InvoiceRevisedV1]:
    async def look() -> list[InvoiceRevisedV1] | None:
        found = await seen.revised(partner)
        return found if len(found) >= count else None

    return await eventually(look)


def without(worker: str) -> Any:
    def change(service: Service) -> None:
        async def nothing() -> None:
            return

        service.worker(worker, nothing, every_s=60)

    return change


async def test_a_revision_is_told_and_answered_line_by_line(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        for data in (FIRST, SECOND):
            assert (await upload(portal, "re-one", data)).outcome == "accepted"
        answer = await compared(portal, "re-one")
        (event,) = await told(seen, "re-one")
    assert answer.summary.model_dump() == event.model_dump(exclude={"partner_id"})
    assert (event.revision, event.previous_revision, event.role) == (2, 1, "billing")
    assert (event.document_sha256, event.previous_document_sha256) == (
        sha256(SECOND),
        sha256(FIRST),
    )
    assert (event.added, event.removed, event.changed, event.unchanged) == (1, 0, 1, 2)
    assert (event.previous_cost, event.cost) == (Decimal("47.78"), Decimal("149.785"))
    assert [(one.tenant_id, one.cost_after) for one in event.tenants] == [
        (OTHER, Decimal(100)),
        (TENANT, Decimal("49.785")),
    ]
    added, changed = answer.lines
    assert (added.what, added.tenant_name, added.row_before, added.row_after) == (
        *("added", "Contoso", None, 4),
    )
    assert (changed.what, changed.row_before, changed.row_after) == ("changed", 2, 2)
    assert [(one.field, one.before, one.after) for one in changed.fields] == [
        ("cost", "5.00", "7.005")
    ]
    assert (answer.lines_left_out, answer.next_cursor) == (0, None)


async def test_the_same_content_again_is_no_revision_and_nothing_is_told(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        assert (await upload(portal, "re-same", FIRST)).outcome == "accepted"
        assert (await upload(portal, "re-same", FIRST)).outcome == "already_known"
        with pytest.raises(ProblemError, match="one revision only") as caught:
            await portal.ask(asking("re-same"))
        assert caught.value.status == 404
        await upload(portal, "re-same", SECOND)
        await told(seen, "re-same")
    (event,) = await seen.revised("re-same")
    assert event.revision == 2


async def test_a_comparison_is_not_there_for_another_partner(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        for data in (FIRST, SECOND):
            await upload(portal, "re-mine", data)
        await compared(portal, "re-mine")
        stranger = asking("re-mine").model_copy(update={"partner_id": "re-yours"})
        with pytest.raises(ProblemError, match="There is no invoice") as caught:
            await portal.ask(stranger)
    assert caught.value.status == 404


async def test_each_revision_is_compared_with_the_one_before_it(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        for data in (FIRST, SECOND, recon({})):
            await upload(portal, "re-three", data)
        newest = await compared(portal, "re-three")
        second = await compared(portal, "re-three", revision=2)
        await told(seen, "re-three", 2)
        for revision, words in ((1, "is the first"), (4, "the newest is 3")):
            with pytest.raises(ProblemError, match=words):
                await portal.ask(asking("re-three", revision=revision))
        with pytest.raises(ProblemError, match="There is no invoice"):
            await portal.ask(asking("re-nobody"))
    assert (newest.summary.revision, newest.summary.removed) == (3, 3)
    assert (second.summary.revision, second.summary.added) == (2, 1)


async def test_daily_usage_has_revisions_of_its_own(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers):
        for data in (usage({}), recon({}), usage({"Quantity": "25"}, {"UsageDate": "2026-10-18"})):
            await upload(portal, "re-usage", data)
        answer = await compared(portal, "re-usage", role="detail")
        (event,) = await told(seen, "re-usage")
        with pytest.raises(ProblemError, match="one revision only"):
            await portal.ask(asking("re-usage"))
    assert event.role == answer.summary.role == "detail"
    assert (event.added, event.changed) == (1, 1)


async def test_pages_and_one_tenants_lines_have_no_gaps(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncline_ingest.revision_pieces.PIECE_LINES", 4)
    rows = [
        {"SkuId": f"{number:04}", "Subtotal": f"{number}", "CustomerId": owner}
        for number in range(1, 12)
        for owner in (TENANT, OTHER)
    ]
    async with running(servers):
        await upload(portal, "re-page", recon({}))
        await upload(portal, "re-page", recon({}, *rows))
        await compared(portal, "re-page")
        for tenant, expected in ((None, 22), (TENANT, 11)):
            for limit in (1, 4, 5, 1000):
                found: list[RevisedLine] = []
                cursor: str | None = None
                while True:
                    page = Page(cursor=cursor, limit=limit)
                    answer = await portal.ask(asking("re-page", tenant_id=tenant, page=page))
                    found += answer.lines
                    cursor = answer.next_cursor
                    if cursor is None:
                        break
                assert len({one.row_after for one in found}) == len(found) == expected
                assert found == sorted(found, key=lambda one: -one.difference)
                assert {one.tenant_id for one in found} <= {tenant or TENANT, OTHER}
        with pytest.raises(ProblemError, match="cursor"):
            await portal.ask(asking("re-page", page=Page(cursor="!")))


async def test_killed_between_commit_and_comparison_the_next_process_does_it_once(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers, without(COMPARER)):
        for data in (FIRST, SECOND):
            await upload(portal, "re-kill", data)
        await seen.complete("re-kill", invoices=2)
        with pytest.raises(ProblemError, match="not compared with revision 1 yet") as caught:
            await portal.ask(asking("re-kill"))
        assert caught.value.status == 409
    assert await seen.revised("re-kill") == []
    async with running(servers), running(servers) as service:
        await told(seen, "re-kill")
        await compared(portal, "re-kill")
        pieces = await service.mongo.collection(PIECES).find({"partner_id": "re-kill"})
    assert len(await seen.revised("re-kill")) == 1
    assert len(pieces) == 1


async def test_killed_inside_of_its_commit_nothing_of_it_is_there_and_it_is_done_again(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, tried = Revisions.put, asyncio.Event()

    async def dies(self: Revisions, *rest: Any) -> None:
        await put(self, *rest)
        tried.set()
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Revisions, "put", dies)
        async with running(servers, log_level="CRITICAL"):
            for data in (FIRST, SECOND):
                await upload(portal, "re-half", data)
            await asyncio.wait_for(tried.wait(), 30)
    assert await seen.revised("re-half") == []
    async with running(servers) as service:
        await told(seen, "re-half")
        rows = service.mongo.collection(PIECES)
        assert await rows.count({"partner_id": "re-half"}) == 1


async def test_a_comparison_does_not_keep_a_service_from_stopping(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(before: Edition, after: Edition) -> Any:
        begun.set()
        try:
            while True:
                assert list(before.lines())
        finally:
            ended.set()

    with monkeypatch.context() as patch:
        patch.setattr("syncline_ingest.originals.compare", endless)
        async with running(servers, drain_timeout_s=0.5) as service:
            for data in (FIRST, SECOND):
                await upload(portal, "re-stop", data)
            assert await asyncio.to_thread(begun.wait, 30)
        assert await asyncio.to_thread(ended.wait, 30)
        await service.bus.stop()  # a process would have ended here
    assert await seen.revised("re-stop") == []
    async with running(servers, ingest_lease_s=1):
        await told(seen, "re-stop")


async def test_nothing_is_compared_before_its_lines_are_published(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(*editions: Any) -> Any:
        asked.append("compared")
        return compare(*editions)

    monkeypatch.setattr("syncline_ingest.originals.compare", noted)
    async with running(servers, without(PUBLISHER)) as service:
        for data in (FIRST, SECOND):
            await upload(portal, "re-late", data)
        await Comparer(service, Leases(service.mongo, service.clock, 30)).work()
        assert asked == []
    async with running(servers):
        await told(seen, "re-late")
    assert asked == ["compared"]


async def test_an_original_that_is_gone_is_said_and_keeps_nobody_waiting(
    servers: Servers, portal: Bus, seen: Seen
) -> None:
    async with running(servers, without(COMPARER)) as service:
        for data in (FIRST, SECOND):
            await upload(portal, "re-gone", data)
        await seen.complete("re-gone", invoices=2)
        await service.mongo.delete_blob(f"re-gone/{sha256(FIRST)}")
    async with running(servers):
        with pytest.raises(ProblemError, match="is not stored any more") as caught:
            await compared(portal, "re-gone")
        assert caught.value.code == "not_comparable"
        for data in (FIRST, SECOND):
            await upload(portal, "re-next", data)
        await told(seen, "re-next")
    assert await seen.revised("re-gone") == []


@pytest.mark.parametrize("where", ["thread", "process"])
async def test_a_larger_invoice_ties_to_both_documents(
    servers: Servers, portal: Bus, seen: Seen, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    process_from = 0 if where == "process" else 1 << 40
    monkeypatch.setattr("syncline_ingest.comparing_apart.PROCESS_FROM", process_from)
    partner = f"re-{where}"
    file = generate_reconciliation(21, tenants=8)
    lines = file.to_csv().splitlines(keepends=True)
    again = "".join([lines[0], *reversed(lines[4:]), lines[1]])
    async with running(servers):
        for text in (file.to_csv(), again):
            await upload(portal, partner, text.encode())
        (event,) = await told(seen, partner)
    first, second = sorted(await seen.detected(partner), key=lambda one: one.revision)
    assert (event.previous_cost, event.cost) == (first.cost, second.cost)
    assert (event.previous_lines, event.lines) == (first.lines, second.lines)
    assert (event.added, event.changed, event.removed) == (0, 0, 2)
    assert event.tenants_changed + event.tenants_unchanged == len(first.tenants)
