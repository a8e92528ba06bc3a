"""Workers: woken at once, never ended by an error, drained."""

import asyncio

from syncline_chassis.metrics import Metrics
from syncline_chassis.worker import Worker


async def test_a_wake_is_answered_long_before_the_clock() -> None:
    rounds = asyncio.Queue[int]()

    async def run() -> None:
        await rounds.put(1)

    worker = Worker("w", run, 3600, 1, Metrics("test"))
    worker.start()
    await asyncio.wait_for(rounds.get(), 5)
    worker.wake()
    await asyncio.wait_for(rounds.get(), 5)
    await worker.stop()


async def test_a_wake_during_a_round_is_not_lost() -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    rounds = 0

    async def run() -> None:
        nonlocal rounds
        rounds += 1
        started.set()
        await go_on.wait()

    worker = Worker("w", run, 3600, 1, Metrics("test"))
    worker.start()
    await started.wait()
    worker.wake()
    started.clear()
    go_on.set()
    await asyncio.wait_for(started.wait(), 5)
    await worker.stop()
    assert rounds == 2


async def test_an_error_does_not_end_it() -> None:
    rounds = asyncio.Queue[int]()

    async def run() -> None:
        await rounds.put(1)
        raise ValueError("once more")

    worker = Worker("w", run, 3600, 1, Metrics("test"))
    worker.start()
    for _ in range(2):
        await asyncio.wait_for(rounds.get(), 5)
    await worker.stop()


async def test_stopping_lets_the_running_round_end() -> None:
    started, finished = asyncio.Event(), False

    async def run() -> None:
        nonlocal finished
        started.set()
        await asyncio.sleep(0.05)
        finished = True

    worker = Worker("w", run, 3600, 1, Metrics("test"))
    worker.start()
    await started.wait()
    await worker.stop()
    assert finished
