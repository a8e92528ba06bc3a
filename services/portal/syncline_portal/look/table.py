"""A plain table of text, for what is only read."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from nicegui import ui

ROWS = 50


class Column(NamedTuple):
    """A column by the name of its field."""

    name: str
    label: str
    align: str = "left"


def plain_table(label: str, columns: Sequence[Column]) -> ui.table:
    """An empty table; its rows have a `key` and the fields of its columns."""
    shapes: list[dict[str, Any]] = [
        {"name": one.name, "label": one.label, "field": one.name, "align": one.align}
        for one in columns
    ]
    table = ui.table(columns=shapes, rows=[], row_key="key", pagination=ROWS)
    table.props("flat wrap-cells")
    table.props["aria-label"] = label
    return table
