"""Page by page through a list that its owner keeps: where one is, on, and back."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from syncline_contracts.query import Page

from syncline_portal.look import button


class Pager:
    """Stands under a list; `turn` asks for the `page` that is wanted now and tells `show`."""

    def __init__(self, things: str, rows: int, turn: Callable[[], Awaitable[None]]) -> None:
        self._things = things
        self._rows = rows
        self._turn = turn
        self._cursors: list[str | None] = [None]
        self._next: str | None = None
        self._bar = ui.element("div").classes("bar")
        with self._bar:
            self._place = ui.label().classes("lead grow").props("role=status")
            self._back = button.plain("Previous", self._previous)
            self._on = button.plain("Next", self._follow)

    @property
    def page(self) -> Page:
        """What to ask for."""
        return Page(limit=self._rows, cursor=self._cursors[-1])

    def restart(self) -> None:
        """Something else is wanted: from its beginning."""
        self._cursors = [None]

    def show(self, rows: int, next_cursor: str | None, total: int | None = None) -> None:
        """Say where one is. One page that is all needs no buttons."""
        start = (len(self._cursors) - 1) * self._rows
        of = "" if total is None else f" of {total:,}"
        here = f"{self._things} {start + 1:,} to {start + rows:,}{of}"
        self._place.text = here if rows else f"No {self._things.lower()}"
        self._next = next_cursor
        self._back.set_enabled(len(self._cursors) > 1)
        self._on.set_enabled(next_cursor is not None)
        for one in (self._back, self._on):
            one.set_visibility(len(self._cursors) > 1 or next_cursor is not None)

    def set_visibility(self, visible: bool) -> None:
        """Show it or not."""
        self._bar.set_visibility(visible)

    async def _follow(self) -> None:
        if self._next is not None:
            self._cursors.append(self._next)
            self._next = None  # pressed twice, it goes on once
            await self._turn()

    async def _previous(self) -> None:
        if len(self._cursors) > 1:
            self._cursors.pop()
            await self._turn()
