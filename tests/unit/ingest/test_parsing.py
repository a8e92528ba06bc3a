"""Reading off the event loop: in a thread or in a process, the outcome is the same."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from syncline_chassis.errors import TransientError
from syncline_ingest import parsing
from syncline_ingest.parsing import parse
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.reading import Parsed
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch

from tests.unit.ingest.samples import recon, usage

MANY = usage(*({"BillingPreTaxTotal": f"{number}.25"} for number in range(3_000)))


@contextmanager
def spool_of(data: bytes) -> Iterator[Spool]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        yield Spool(file.fileno(), len(data), "-", is_too_large=False)


async def taken_in(data: bytes) -> tuple[Parsed, list[StagedBatch]]:
    staged: list[StagedBatch] = []

    async def store(bundle: Sequence[StagedBatch]) -> None:
        await asyncio.sleep(0)
        staged.extend(bundle)

    with spool_of(data) as spool:
        return await parse("october.csv", spool, store), staged


@pytest.fixture
def in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "PROCESS_FROM", 0)


async def test_a_process_reads_what_a_thread_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    in_thread = await taken_in(MANY)
    monkeypatch.setattr(parsing, "PROCESS_FROM", 0)
    assert await taken_in(MANY) == in_thread
    assert in_thread[0].lines == 3_000
    assert sum(batch.lines for batch in in_thread[1]) == 3_000


@pytest.mark.usefixtures("in_a_process")
async def test_a_refusal_keeps_its_place_on_the_way_out_of_the_process() -> None:
    with pytest.raises(RefusedDocumentError) as refused:
        await taken_in(recon({}, {"Subtotal": "many"}))
    assert (refused.value.code, refused.value.row, refused.value.column) == (
        "bad_number",
        2,
        "Subtotal",
    )
    assert refused.value.message.startswith("october.csv, row 2, column Subtotal: ")


@pytest.mark.usefixtures("in_a_process")
async def test_a_store_that_fails_ends_the_process_and_is_told() -> None:
    async def store(bundle: Sequence[StagedBatch]) -> None:
        raise TransientError("the database is away")

    with spool_of(MANY) as spool, pytest.raises(TransientError, match="database is away"):
        await parse("october.csv", spool, store)
    assert children() == []


@pytest.mark.usefixtures("in_a_process")
async def test_a_process_that_dies_is_a_reason_to_start_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(TransientError, match="starts again"):
        await taken_in(MANY)


@pytest.mark.parametrize("process_from", [0, 1 << 40])
async def test_when_it_is_stopped_nothing_goes_on(
    monkeypatch: pytest.MonkeyPatch, process_from: int
) -> None:
    monkeypatch.setattr(parsing, "PROCESS_FROM", process_from)
    began = asyncio.Event()

    async def store(bundle: Sequence[StagedBatch]) -> None:
        began.set()
        await asyncio.Event().wait()

    with spool_of(MANY) as spool:
        task = asyncio.create_task(parse("october.csv", spool, store))
        waiter = asyncio.create_task(began.wait())
        await asyncio.wait([task, waiter], return_when=asyncio.FIRST_COMPLETED, timeout=20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert children() == []


async def test_a_bundle_that_is_handed_over_while_it_is_stopped_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, hand_over = asyncio.get_running_loop(), asyncio.run_coroutine_threadsafe
    handed_over: list[Future[None]] = []

    async def store(bundle: Sequence[StagedBatch]) -> None:
        await asyncio.Event().wait()

    def stopped_meanwhile(coroutine: Any, loop: Any) -> Future[None]:
        """What the loop does to stop the task is over before the thread goes on."""
        if not handed_over:
            loop.call_soon_threadsafe(task.cancel)
            for _ in range(20):
                hand_over(asyncio.sleep(0), loop).result()
        handed_over.append(hand_over(coroutine, loop))
        return handed_over[-1]

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", stopped_meanwhile)
    with spool_of(MANY) as spool:
        task = loop.create_task(parse("october.csv", spool, store))
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(20):
                await task
    assert [future.cancelled() for future in handed_over] == [True]


@pytest.mark.usefixtures("in_a_process")
async def test_the_process_that_reads_what_is_hostile_holds_no_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYNCLINE_NATS_PASSWORD", "never-hand-this-down")
    seen: list[bytes] = []

    async def store(bundle: Sequence[StagedBatch]) -> None:
        seen.extend(map(environment, children()))

    with spool_of(MANY) as spool:
        await parse("october.csv", spool, store)
    assert seen
    assert all(b"never-hand-this-down" not in one for one in seen)


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def children() -> list[int]:
    """Processes of ours that are still there."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(one) for one in found if _is_reader(int(one))]


def _is_reader(process: int) -> bool:
    try:
        return b"parsing_process" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
