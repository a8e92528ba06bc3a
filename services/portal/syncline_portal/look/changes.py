"""What a write changes in a record, field by field: the connector's canonical forms compared."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from syncline_contracts.tenant import PlannedWrite


class Change(NamedTuple):
    """One field; empty where it is not there."""

    field: str
    before: str
    after: str


def changes(write: PlannedWrite) -> tuple[Change, ...]:
    """The fields that differ; none for a record that comes or goes as a whole."""
    if write.before is None or write.after is None:
        return ()
    before, after = dict(_fields(write.before)), dict(_fields(write.after))
    return tuple(
        Change(field, before.get(field, ""), after.get(field, ""))
        for field in dict.fromkeys((*before, *after))
        if before.get(field, "") != after.get(field, "")
    )


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
