"""What the demo says while it runs: a spinner on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

PLAIN_WIDTH = 132


class StepFailedError(RuntimeError):
    """A step went wrong; the text names it and what was found."""


class CheckFailedError(AssertionError):
    """A figure is not what it has to be; the text says which, by how much and where."""


class Step:
    """A step under way; what is noted last stands behind its name once it is done."""

    def __init__(self, name: str, status: Status | None) -> None:
        self.name = name
        self.words = ""
        self._status = status

    def note(self, words: str) -> None:
        """Say how far it is, or what came of it."""
        self.words = words
        if self._status is not None:
            self._status.update(f"{self.name}: {words}")


class Narrator:
    """Says each step once it is done, with how long it took."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _console()
        self.steps: list[dict[str, object]] = []
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """One step. Whatever goes wrong inside becomes a `StepFailedError` that names it."""
        began = time.monotonic()
        try:
            with self._spinning(name) as step:
                yield step
        except Exception as error:
            words = str(error) or repr(error)
            self.console.print(f"  [red]failed[/red]  {name}", highlight=False)
            raise StepFailedError(f"step {name!r} failed: {words}") from error
        took = time.monotonic() - began
        self.steps.append({"step": name, "seconds": round(took, 2), "outcome": step.words})
        line = f"  [green]ok[/green] {took:5.1f} s  [bold]{name}[/bold]  {step.words}"
        self.console.print(line, highlight=False, soft_wrap=True)

    @contextmanager
    def _spinning(self, name: str) -> Iterator[Step]:
        if not self.console.is_terminal:
            yield Step(name, None)
            return
        with self.console.status(name) as status:
            yield Step(name, status)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)
