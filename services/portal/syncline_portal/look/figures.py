"""A row of figures, each with its name."""

from collections.abc import Mapping
from html import escape

from nicegui import ui


def figures(values: Mapping[str, str]) -> None:
    """Show them, by their names."""
    with ui.element("dl").classes("figures"):
        for name, value in values.items():
            text = f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
            ui.html(text, sanitize=False).classes("figure")
