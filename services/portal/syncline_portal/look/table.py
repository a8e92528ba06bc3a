"""A table of rows, the same everywhere: scrolled by keyboard too, and named for a screen reader."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from nicegui import ui
from nicegui.slot import Slot

ROWS = 50
EVERY = 0
"""As many rows on one page as there are."""


class Column(NamedTuple):
    """A column by the name of its field."""

    name: str
    label: str
    align: Literal["left", "right"] = "left"
    sortable: bool = False


class Listing(ui.table, component="listing.js"):
    """A table whose slots are Vue templates; `props` in one is Quasar's scope of the slot."""

    def add_slot(self, name: str, template: str | None = None) -> Slot:
        """See `ui.table.add_slot`; listing.js draws the template."""
        self._props["templates"] = {**self._props.get("templates", {}), name: template}
        return super().add_slot(name)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What it shows; the same once more draws nothing."""
        return super().rows

    @rows.setter
    def rows(self, rows: list[dict[str, Any]]) -> None:
        if rows != self._props["rows"]:
            self._props["rows"] = rows


def listing(label: str, columns: Sequence[Column], empty: str, *, rows: int = ROWS) -> Listing:
    """An empty table; its rows have a `key` and the fields of its columns.

    `empty` goes on after "Nothing here:".
    """
    shapes: list[dict[str, Any]] = [
        {
            **one._asdict(),
            "field": one.name,
            "classes": f"col-{one.name}",
            "sortOrder": "da" if one.align == "right" else "ad",  # figures: the largest first
        }
        for one in columns
    ]
    made = Listing(columns=shapes, rows=[], row_key="key", pagination=rows)
    made.props("flat wrap-cells tabindex=0 role=region")
    made.props(f':rows-per-page-options="[{rows}, 100, 500, 0]"')
    made.props["aria-label"] = label
    made.props["no-data-label"] = f"Nothing here: {empty}."
    made.props["no-results-label"] = "Nothing here: nothing is found."
    if rows == EVERY:
        made.props("hide-pagination")
    return made
