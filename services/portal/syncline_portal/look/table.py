"""A table of rows, the same everywhere: scrolled by keyboard too, and named for a screen reader."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from nicegui import ui

ROWS = 50
EVERY = 0
"""As many rows on one page as there are."""


class Column(NamedTuple):
    """A column by the name of its field."""

    name: str
    label: str
    align: Literal["left", "right"] = "left"
    sortable: bool = False


def listing(label: str, columns: Sequence[Column], *, rows: int = ROWS) -> ui.table:
    """An empty table; its rows have a `key` and the fields of its columns."""
    shapes: list[dict[str, Any]] = [
        {**one._asdict(), "field": one.name, "classes": f"col-{one.name}"} for one in columns
    ]
    made = ui.table(columns=shapes, rows=[], row_key="key", pagination=rows)
    made.props("flat wrap-cells tabindex=0 role=region")
    made.props(f':rows-per-page-options="[{rows}, 100, 500, 0]"')
    made.props["aria-label"] = label
    if rows == EVERY:
        made.props("hide-pagination")
    return made
