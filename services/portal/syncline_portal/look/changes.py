"""What changed, field by field: two states of one thing compared."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nicegui import ui

State = Mapping[str, Any]


class Change(NamedTuple):
    """One field; empty where it is not there."""

    field: str
    before: str
    after: str


def changes(before: State, after: State) -> tuple[Change, ...]:
    """The fields that differ."""
    was, now = dict(_fields(before)), dict(_fields(after))
    return tuple(
        Change(field, was.get(field, ""), now.get(field, ""))
        for field in dict.fromkeys((*was, *now))
        if was.get(field, "") != now.get(field, "")
    )


def show(changed: tuple[Change, ...]) -> None:
    """Draw them, before -> after."""
    with ui.element("div").classes("wide"), ui.element("table").classes("inner"):
        for one in changed:
            turn = f"{one.before or 'nothing'} → {one.after or 'nothing'}"
            with ui.element("tr"):
                for text in (one.field, turn):
                    with ui.element("td"):
                        ui.label(text)


def _fields(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every field under a name for a person; an entry of a list goes by its first value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields(inner, f"{name} {str(key).replace('_', ' ')}".strip())
    elif isinstance(value, list | tuple):
        seen = Counter[str]()
        for inner in value:
            first = str(next(iter(inner.values()), "")) if isinstance(inner, Mapping) else "entry"
            seen[first] += 1
            again = f" ({seen[first]})" if seen[first] > 1 else ""
            yield from _fields(inner, f"{name} {first}{again}")
    else:
        yield name, "" if value is None else str(value)
