"""Waiting for something, with a progress bar beside the result."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from syncline_cli.output import Output
from syncline_cli.problem import CommandError

LOOK_EVERY_S = 0.2


@contextmanager
def waiting(output: Output, words: str, timeout_s: float, too_long: str) -> Iterator["Wait"]:
    """A block that looks again and again; `too_long` says what to do where it takes too long."""
    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn())
    is_seen = output.aside.is_terminal
    bar = Progress(*columns, console=output.aside, transient=True, disable=not is_seen)
    with bar as progress:
        yield Wait(progress, time.monotonic() + timeout_s, too_long)


class Wait:
    """The wait itself."""

    def __init__(self, progress: Progress, deadline: float, too_long: str) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)
        self._deadline = deadline
        self._too_long = too_long

    def tell(self, done: int, total: int) -> None:
        """Show how far it is."""
        self._progress.update(self._task, completed=done, total=total)

    def pause(self) -> None:
        """Until the next look. Raises `CommandError` when the time is up."""
        if time.monotonic() > self._deadline:
            raise CommandError(self._too_long)
        time.sleep(LOOK_EVERY_S)
