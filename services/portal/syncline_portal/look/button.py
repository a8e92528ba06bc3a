"""Buttons: the one that does it, the ones beside it, and those that are a sign only."""

from collections.abc import Callable
from typing import Any, NamedTuple

from nicegui import ui

Act = Callable[..., Any]


class Way(NamedTuple):
    """A button's words and what it does."""

    text: str
    act: Act


def main(text: str, act: Act) -> ui.button:
    """What the page or dialog is there for."""
    return ui.button(text, on_click=act, color=None).classes("main")


def plain(text: str, act: Act) -> ui.button:
    """Something else that can be done."""
    return ui.button(text, on_click=act, color=None).props("flat").classes("plain")


def sign(icon: str, label: str, act: Act | None = None) -> ui.button:
    """A sign alone; `label` says it in words."""
    made = ui.button(icon=icon, on_click=act, color=None).props("flat round dense")
    made.props["aria-label"] = label
    return made.classes("plain")
