"""What is printed: tables for people, or JSON alone on standard output."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 160
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
_WAITING = ("held", "needs_attention", "partly_synced", "ignored")


class Output:
    """Standard output for results, standard error for what goes on meanwhile."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.people = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
        self.aside = Console(stderr=True)

    def json(self, data: Any) -> None:
        """One JSON document on one line or more."""
        print(json.dumps(data, indent=1, ensure_ascii=False), flush=True)

    def json_line(self, data: Any) -> None:
        """One JSON document on one line."""
        print(json.dumps(data, ensure_ascii=False), flush=True)

    def say(self, text: str) -> None:
        """A sentence for a person; nothing where JSON was asked for."""
        if not self.as_json:
            self.people.print(Text(clean(text)), soft_wrap=True)

    def remark(self, text: str) -> None:
        """A sentence beside the result."""
        self.aside.print(Text(clean(text)), soft_wrap=True)

    def table(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str | Text]]
    ) -> None:
        """A table. A column `>Name` is right-aligned; it and `=Name` are never wrapped."""
        table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
        for name in columns:
            table.add_column(
                name.lstrip(">="),
                justify="right" if name.startswith(">") else "left",
                no_wrap=name.startswith((">", "=")),
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(one if isinstance(one, Text) else Text(clean(one)) for one in row))
        self.people.print(table)


def clean(text: str) -> str:
    """Text from outside without anything that a terminal would obey."""
    return "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf")
    )


def state(name: str) -> Text:
    """A state in the clerk's words, coloured."""
    colour = "green" if name in _GOOD else "red" if name in _BAD else ""
    return Text(
        WORDS.get(name, name.replace("_", " ")), colour or ("yellow" if name in _WAITING else "")
    )


def money(amount: str | None) -> str:
    """To the cent, for the eye; `--json` has every digit."""
    return "" if amount is None else f"{Decimal(amount):,.2f}"


def moment(text: str | None) -> str:
    """A time in the local zone, to the minute."""
    return "" if not text else datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
