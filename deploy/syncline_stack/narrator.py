"""What the demo says while it runs: steps, how far each is, and what came of it."""

import contextlib
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from syncline_stack.psa import Json

PLAIN_WIDTH = 120
PLAIN_EVERY_S = 1.0
LOGS = "<process>/log"


class DemoError(RuntimeError):
    """A step failed; the text says which, why, and where the logs are."""


class Narrator:
    """Says each step, and live how far it is: a spinner on a terminal, else a line a second."""

    def __init__(self, directory: Path, *, record: bool = False) -> None:
        plain = Console()
        is_live = plain.is_terminal and not record
        self.console = plain if is_live else Console(width=PLAIN_WIDTH, record=record)
        self._directory = directory
        self._began = time.monotonic()
        self._status: Status | None = None
        self._told = ""
        self._told_at = 0.0

    def begin(self) -> None:
        """What came before, such as installing, is not of the demo's time."""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A step that a person can follow. Raises `DemoError` that names it."""
        self.console.print(f"[bold]{self.seconds:6.1f} s[/]  {escape(what)}", highlight=False)
        try:
            with self._spinning():
                yield
        except DemoError:
            raise
        except Exception as error:
            raise DemoError(
                f"demo failed at: {what}\n{type(error).__name__}: {error}\n"
                f"logs: {self._directory}/{LOGS}"
            ) from error

    def title(self, what: str) -> None:
        """Whose part begins."""
        self.console.print(f"\n          [bold cyan]{escape(what)}[/]", highlight=False)

    def say(self, what: str) -> None:
        """Something worth knowing within a step."""
        self.console.print(f"          [dim]{escape(what)}[/]", highlight=False, soft_wrap=True)

    def progress(self, details: Json) -> None:
        """How far the tenants of an invoice are; what was said already is not said again."""
        told = states(details)
        if told == self._told:
            return
        if self._status is not None:
            self._status.update(f"          {escape(told)}")
        elif time.monotonic() - self._told_at >= PLAIN_EVERY_S:
            self.say(told)
            self._told_at = time.monotonic()
        else:
            return
        self._told = told

    def picture(self) -> str:
        """What was printed, as an SVG that asks nobody for a font."""
        drawn = self.console.export_svg(title="make demo")
        return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)

    @contextlib.contextmanager
    def _spinning(self) -> Iterator[None]:
        self._told, self._told_at = "", time.monotonic()
        if not self.console.is_terminal:
            yield
            return
        with self.console.status("") as self._status:
            yield
        self._status = None


def states(details: Json) -> str:
    """The tenants of an invoice by state, counted from their rows."""
    counts = Counter(row["state"] for row in details["tenants"])
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts.most_common())
