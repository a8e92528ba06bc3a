"""A dialog with a heading, closed by Escape or its button, and gone for good then."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from nicegui import ui

from syncline_portal.look import button
from syncline_portal.look.marks import without_marks


@contextmanager
def dialog(title: str, *, small: bool = False) -> Iterator[ui.dialog]:
    """Open a dialog; the block fills it."""
    title = without_marks(title)
    # Not inside what asked for it: that may be drawn anew meanwhile.
    with ui.context.client.content, ui.dialog(value=True) as opened, ui.card() as card:
        opened.on("hide", opened.delete)
        opened.props["aria-label"] = title
        card.classes("dialog small" if small else "dialog")
        with ui.element("div").classes("bar no-wrap"):
            heading(title).classes("grow")
            button.sign("close", "Close", opened.close)
        yield opened


def heading(text: str) -> ui.html:
    """A heading of the second rank, of any text."""
    return ui.html(f"<h2>{escape(text)}</h2>", sanitize=False)
