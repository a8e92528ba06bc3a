"""What is printed: tables for people, or JSON alone on standard output."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 160
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
Cell = str | Text | tuple[str, ...]
WORDS = {
    "verified": "synced, read back",
    "synced": "synced",
    "ready": "ready to sync",
    "nothing_to_bill": "nothing to bill",
    "ready_to_sync": "Ready to Sync",
    "partly_synced": "Partly synced",
    "needs_attention": "Needs attention",
}
_GOOD, _BAD = ("synced", "verified"), ("failed", "drifted")
_WAITING = ("held", "needs_attention", "partly_synced", "ignored", "reversed")


class Output:
    """Standard output for results, standard error for what goes on meanwhile."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.people = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
        self.aside = Console(stderr=True)

    def json(self, data: Any) -> None:
        """One JSON document on one line or more.

        ASCII only: exact for whoever parses it, in every locale, and a terminal obeys none of it.
        """
        print(json.dumps(data, indent=1), flush=True)

    def json_line(self, data: Any) -> None:
        """One JSON document on one line."""
        print(json.dumps(data), flush=True)

    def say(self, text: str) -> None:
        """A sentence for a person; nothing where JSON was asked for."""
        if not self.as_json:
            self.people.print(Text(clean(text)), soft_wrap=True)

    def remark(self, text: str) -> None:
        """A sentence beside the result."""
        self.aside.print(Text(clean(text)), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """A table. A column `>Name` is right-aligned; it and `=Name` are never wrapped.

        A cell that is a tuple has a line for each of its texts.
        """
        table = Table(
            title=Text(clean(title)),
            title_justify="left",
            title_style="bold",
            header_style="bold",
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        for name in columns:
            table.add_column(
                name.lstrip(">="),
                justify="right" if name.startswith(">") else "left",
                no_wrap=name.startswith((">", "=")),
                overflow="fold",
            )
        for row in rows:
            table.add_row(*map(_cell, row))
        self.people.print(table)


def _cell(cell: Cell) -> Text:
    if isinstance(cell, Text):
        return cell
    return Text("\n".join(map(clean, (cell,) if isinstance(cell, str) else cell)))


def clean(text: str) -> str:
    """Text from outside without anything that a terminal would obey."""
    spaced = " ".join(text.splitlines())
    return "".join(char for char in spaced if unicodedata.category(char) not in _UNSEEN)


def state(name: str) -> Text:
    """A state in the clerk's words, coloured."""
    colour = "green" if name in _GOOD else "red" if name in _BAD else ""
    return Text(
        WORDS.get(name, name.replace("_", " ")), colour or ("yellow" if name in _WAITING else "")
    )


def money(amount: str | None) -> str:
    """To the cent, for the eye; `--json` has every digit."""
    return "" if amount is None else f"{Decimal(amount):,.2f}"


def exact(amount: str | None) -> str:
    """Every digit, for the eye."""
    return "" if amount is None else f"{Decimal(amount):,f}"


def counted(number: int, noun: str) -> str:
    """`1 tenant`, `2 tenants`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def moment(text: str | None) -> str:
    """A time in the local zone, to the minute."""
    return "" if not text else datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
