"""What the benchmark says while it runs: a bar per part on a terminal, else a line each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

PLAIN_WIDTH = 120
PLAIN_EVERY_S = 10.0


class Telling:
    """Tells how many lines of each part are through."""

    def __init__(self, console: Console | None = None) -> None:
        plain = console or Console()
        self.console = plain if plain.is_terminal else Console(width=PLAIN_WIDTH, file=plain.file)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @contextmanager
    def part(self, what: str, rows: int) -> Iterator[Callable[[int], None]]:
        """A part of so many rows; the function that is given back is told how many are done."""
        if not self.console.is_terminal:
            self.console.print(f"{self.seconds:7.1f} s  {what}", highlight=False)
            yield self._plain(rows)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} lines"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(what, total=rows)
            yield lambda done: progress.update(task, completed=done)
            progress.update(task, completed=rows)

    def _plain(self, rows: int) -> Callable[[int], None]:
        told_at = time.monotonic()

        def told(done: int) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= PLAIN_EVERY_S:
                told_at = time.monotonic()
                self.console.print(f"           {done:,} of {rows:,} lines", highlight=False)

        return told
