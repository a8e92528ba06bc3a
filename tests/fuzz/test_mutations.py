"""Mutated files: a document that ties out, or a refusal for people; no crash, no hang, no half."""

import asyncio
import os
import random
import resource
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import orjson
from syncline_contracts.money import add
from syncline_ingest.parsing import parse
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.reading import Parsed
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch

from tests.fuzz.mutation import mutated, seeds

N = int(os.environ.get("FUZZ_N", "2000"))
LONGEST_S = 10
MOST_MEMORY_MIB = 256


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise `TimeoutError` in the middle of whatever hangs."""

    def over(number: int, frame: object) -> None:
        raise TimeoutError(f"no end within {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


async def taken_in(data: bytes) -> tuple[Parsed, list[StagedBatch]]:
    staged: list[StagedBatch] = []

    async def store(batches: Sequence[StagedBatch]) -> None:
        staged.extend(batches)

    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        spool = Spool(file.fileno(), len(data), "-", is_too_large=False)
        return await parse("mutated.csv", spool, store), staged


def test_a_mutated_file_is_whole_or_refused_in_words() -> None:
    good = seeds()
    taken = refused = 0
    before = _peak_mib()
    with asyncio.Runner() as runner:
        for number in range(N):
            dice = random.Random(number)
            data = mutated(dice.choice(good), dice)
            try:
                with limited(LONGEST_S):
                    parsed, staged = runner.run(taken_in(data))
            except RefusedDocumentError as refusal:
                _is_for_people(number, refusal)
                refused += 1
            except Exception as error:
                raise AssertionError(f"case {number} of this seed: {error!r}") from error
            else:
                _is_whole(number, parsed, staged)
                taken += 1
    assert refused > N / 4
    assert taken > N / 50
    assert _peak_mib() - before < MOST_MEMORY_MIB


def _is_for_people(number: int, refusal: RefusedDocumentError) -> None:
    assert refusal.code, number
    assert refusal.message.startswith("mutated.csv"), (number, refusal.message)
    assert refusal.message.isprintable(), (number, refusal.message)


def _is_whole(number: int, parsed: Parsed, staged: list[StagedBatch]) -> None:
    """Every line is in one batch, and the sums are those of the lines."""
    lines = [line for batch in staged for line in orjson.loads(batch.data())]
    assert len(lines) == parsed.lines == sum(batch.lines for batch in staged), number
    assert len({line["row"] for line in lines}) == len(lines), number
    costs = [Decimal(line["cost"]) for line in lines]
    assert add(costs) == parsed.cost == add(batch.cost for batch in staged), number
    assert add(one.cost for one in parsed.tenants) == parsed.cost, number


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
