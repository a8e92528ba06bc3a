"""Runs the naive pipeline: a nats-server and a process per step, each ended whatever happens."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.testing.servers import NatsServer, die_with_parent

from syncline_stack.bench.naive import STEPS

MODULE = "syncline_stack.bench.naive"
END_S = 20.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it; the clock runs from the first row read to the last one added up."""

    lines: int
    seconds: float
    cost: Decimal


def run_naive(
    path: Path, rows: int, directory: Path, on_lines: Callable[[int], None] = lambda lines: None
) -> Ran:
    """Send the first rows of a file through it. Raises `RuntimeError` where a step dies."""
    server = NatsServer(directory / "nats")
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        login = f"{ADMINISTRATOR}:{server.passwords[ADMINISTRATOR]}"
        url = f"nats://{login}@127.0.0.1:{server.port}"
        steps: dict[str, _Step] = {}
        for name in STEPS:
            step = _Step(name, [str(path), str(rows)], url, directory)
            stack.callback(step.close)
            steps[name] = step
            step.next()  # it is ready, or begins
        began = time.monotonic()
        told: dict[str, Any] = {}
        while "cost" not in told:
            told = steps["map"].next()
            on_lines(told["done"])
        return Ran(told["done"], time.monotonic() - began, Decimal(told["cost"]))


class _Step:
    """A process, and what it says on a pipe of its own."""

    def __init__(self, name: str, arguments: list[str], url: str, directory: Path) -> None:
        self.name = name
        self._log = directory / f"{name}.log"
        from_it, to_us = os.pipe()
        self._said = os.fdopen(from_it, encoding="utf-8")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE, name, *arguments],
                env={**os.environ, "NAIVE_NATS_URL": url, "NAIVE_SAY_TO": str(to_us)},
                pass_fds=(to_us,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        os.close(to_us)

    def next(self) -> dict[str, Any]:
        """What it says next. Raises `RuntimeError` with the end of its log."""
        line = self._said.readline()
        if not line:
            tail = self._log.read_text(errors="replace")[-1000:]
            raise RuntimeError(f"the naive step {self.name} ended before its time:\n{tail}")
        said: dict[str, Any] = json.loads(line)
        return said

    def close(self) -> None:
        """End it, one way or the other."""
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()
