"""A form made from a JSON Schema: what a connector or a kind of source asks for."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

Field = ui.input | ui.select | ui.checkbox


def field(name: str, shape: dict[str, Any], now: Any, *, is_required: bool, is_kept: bool) -> Field:
    """One field; of a secret that `is_kept` nothing is shown, and left empty it stays."""
    label = str(shape.get("title", name)) + (" *" if is_required else "")
    words = str(shape.get("description", ""))
    if shape.get("type") == "boolean":
        checkbox = ui.checkbox(label, value=bool(now))
        ui.label(words).classes("lead")
        return checkbox
    if "enum" in shape:
        select = ui.select(list(shape["enum"]), value=now or None, label=label)
        select.props("outlined").classes("full-width")
        ui.label(words).classes("lead")
        return select
    text = ui.input(label, value=str(now), password=bool(shape.get("writeOnly")))
    text.props("outlined autocomplete=off").classes("full-width")
    kept = " Leave it empty to keep the one that is stored." if is_kept else ""
    text.props["hint"] = words + kept
    return text


def texts(fields: Mapping[str, Field]) -> dict[str, str]:
    """What was filled in, as text."""
    found = {name: str(one.value or "").strip() for name, one in fields.items()}
    return {name: text for name, text in found.items() if text}


def values(fields: Mapping[str, Field]) -> dict[str, Any]:
    """What was filled in; yes and no as such."""
    ticked = {name: one.value for name, one in fields.items() if isinstance(one, ui.checkbox)}
    return {**texts({name: one for name, one in fields.items() if name not in ticked}), **ticked}
