"""Comparing off the event loop: in a thread or in a process, the outcome is the same."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from syncline_ingest import comparing_apart
from syncline_ingest.comparing_apart import compare_apart
from syncline_ingest.originals import Original, Outcome
from syncline_ingest.readers.refusal import RefusedDocumentError

from tests.unit.ingest.samples import recon, usage

FIRST = usage(*({"BillingPreTaxTotal": f"{number}.25"} for number in range(700)))
SECOND = usage(*({"BillingPreTaxTotal": f"{number}.25"} for number in range(5, 712)))


@contextmanager
def originals(*documents: bytes) -> Iterator[list[Original]]:
    with ExitStack() as files:
        found = []
        for data in documents:
            file = files.enter_context(tempfile.TemporaryFile(buffering=0))
            file.write(data)
            found.append(Original("october.csv", "AUD", file.fileno(), len(data)))
        yield found


async def outcome(*documents: bytes) -> Outcome:
    with originals(*documents) as (before, after):
        return await compare_apart(before, after)


async def test_a_process_finds_what_a_thread_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    in_thread = await outcome(FIRST, SECOND)
    monkeypatch.setattr(comparing_apart, "PROCESS_FROM", 0)
    assert await outcome(FIRST, SECOND) == in_thread
    assert (in_thread.found.changed, in_thread.found.added) == (5, 7)
    assert len(in_thread.pieces) == 1


@pytest.mark.parametrize("process_from", [0, 1 << 40])
async def test_an_original_that_is_refused_now_says_why(
    monkeypatch: pytest.MonkeyPatch, process_from: int
) -> None:
    monkeypatch.setattr(comparing_apart, "PROCESS_FROM", process_from)
    with pytest.raises(RefusedDocumentError, match="row 2, column Subtotal"):
        await outcome(recon({}), recon({}, {"Subtotal": "many"}))


async def test_a_process_that_dies_is_an_error_of_this_comparison(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparing_apart, "PROCESS_FROM", 0)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="ended with 1"):
        await outcome(FIRST, SECOND)


async def test_a_process_ends_with_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing_apart, "PROCESS_FROM", 0)
    monkeypatch.setenv("SYNCLINE_NATS_PASSWORD", "never-hand-this-down")
    with originals(FIRST, SECOND) as (before, after):
        task = asyncio.create_task(compare_apart(before, after))
        while not (found := processes()):
            assert not task.done()
            await asyncio.sleep(0.005)
        given = environment(found[0])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert b"never-hand-this-down" not in given
    assert processes() == []


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def processes() -> list[int]:
    """Processes of ours that compare."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(one) for one in found if _compares(int(one))]


def _compares(process: int) -> bool:
    try:
        return b"comparing_process" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
