"""Compare the schemas with those of the last release; `python -m syncline_contracts.compatibility`.

Both versions of a service run side by side while it is rolled out, and messages are kept for
months: so the new schema has to take every old message, and the old one every new message. What is
not additive needs a new version of the message (`...v2`) beside the old one.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline_contracts.catalog import BY_TYPE, QUERIES
from syncline_contracts.schema import FOLDER

RELEASED = FOLDER.parent / "released"
Schema = dict[str, Any]
_WORDS = {"title", "description", "examples", "$defs", "discriminator"}
"""Words for people: a change of these changes no message."""
_ALTERNATIVES = ("anyOf", "oneOf")
_NEVER = "nobody: what is stored stays as it is. Keep this version, and add the next one beside it"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, in words."""

    file: str
    where: str
    what: str
    breaks: bool
    new_meets_old: bool = False
    """Whether old messages meet a new reader; else new messages meet an old one."""

    def sentence(self) -> str:
        """What broke, for whom, and who deploys first."""
        producers, consumers = parties(self.file)
        place = f"{self.file.removesuffix('.json')}, {self.where or 'as a whole'}: {self.what}"
        if not self.breaks:
            return f"{place}. Deploy first: {consumers}; then {producers}."
        if self.new_meets_old:
            return (
                f"{place}. Breaks {consumers} on messages that are there. Deploy first: {_NEVER}."
            )
        return (
            f"{place}. Breaks {consumers} that are not deployed yet. Deploy first: {consumers}, "
            "and only as a new version of the message."
        )


def compare(old: dict[str, Schema], new: dict[str, Schema]) -> list[Change]:
    """Every difference between two sets of schemas, by file name."""
    found = [
        Change(file, "", "it is gone", breaks=True) for file in sorted(old.keys() - new.keys())
    ]
    found += [
        Change(file, "", "it is new", breaks=False) for file in sorted(new.keys() - old.keys())
    ]
    for file in sorted(old.keys() & new.keys()):
        found += _Comparison(file, old[file], new[file]).changes()
    return found


class _Comparison:
    """Of one file."""

    def __init__(self, file: str, old: Schema, new: Schema) -> None:
        self._file = file
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str]] = set()

    def changes(self) -> Iterator[Change]:
        yield from self._compare(self._old, self._new, "")

    def _compare(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        pair = (str(old.get("$ref")), str(new.get("$ref")))
        if "$ref" in old and pair in self._seen:  # a model that holds itself
            return
        self._seen.add(pair)
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if any(name in old or name in new for name in _ALTERNATIVES):
            yield from self._compare_alternatives(old, new, where)
            return
        yield from self._compare_properties(old, new, where)
        for name in ("items", "additionalProperties"):
            inner = f"{where}[]"
            if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
                yield from self._compare(old[name], new[name], inner)
            elif old.get(name) != new.get(name):
                yield self._break(where, f"{name} was {old.get(name)}, is {new.get(name)}")
        yield from self._compare_rules(old, new, where)

    def _compare_properties(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was, now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield self._break(_at(where, name), "the field is gone")
        for name in sorted(after.keys() - before.keys()):
            if name in now:
                yield self._break(_at(where, name), "a new field is required", old_messages=True)
            else:
                yield Change(self._file, _at(where, name), "a new field, optional", breaks=False)
        for name in sorted(before.keys() & after.keys()):
            place = _at(where, name)
            if name in now - was:
                yield self._break(place, "the field became required", old_messages=True)
            if name in was - now:
                yield self._break(place, "the field is no longer required")
            if name not in now | was and before[name].get("default") != after[name].get("default"):
                yield self._break(place, "what it stands for when left out changed", True)
            yield from self._compare(before[name], after[name], place)

    def _compare_rules(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        """Types, values, patterns and bounds: any change of these refuses something."""
        structure = {"properties", "required", "items", "additionalProperties", "default", "$ref"}
        for name in sorted((old.keys() | new.keys()) - _WORDS - structure - set(_ALTERNATIVES)):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            if name == "enum":
                for value in sorted(map(str, set(before or ()) - set(after or ()))):
                    yield self._break(where, f"the value {value!r} is gone", old_messages=True)
                for value in sorted(map(str, set(after or ()) - set(before or ()))):
                    yield self._break(where, f"the value {value!r} is new")
            else:
                yield self._break(where, f"{name} was {before}, is {after}", old_messages=True)

    def _compare_alternatives(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        before, after = _alternatives(old), _alternatives(new)
        if len(before) == len(after):
            for one, other in zip(before, after, strict=True):
                yield from self._compare(one, other, where)
        elif len(before) < len(after):
            yield self._break(where, "it may be something new")
        else:
            yield self._break(where, "something that it could be is gone", old_messages=True)

    def _break(self, where: str, what: str, old_messages: bool = False) -> Change:
        return Change(self._file, where, what, breaks=True, new_meets_old=old_messages)


def parties(file: str) -> tuple[str, str]:
    """Who says it, and who has to understand it."""
    name = file.removesuffix(".json")
    message = BY_TYPE.get(name)
    if message is not None:
        said, heard = getattr(message, "producers", ()), getattr(message, "consumers", ())
        return ", ".join(said) or "nobody", ", ".join(heard) or "whoever subscribes"
    is_answer = ".answer." in name
    for query in QUERIES:
        if name.split(".")[2:3] == [query.name]:
            asked, answered = ", ".join(query.askers), ", ".join(query.services)
            return (answered, asked) if is_answer else (asked, answered)
    return "nobody any more", "whoever uses it"


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Schema = root["$defs"][str(reference).rsplit("/", 1)[-1]]
    return found


def _alternatives(schema: Schema) -> list[Schema]:
    for name in _ALTERNATIVES:
        if name in schema:
            return list(schema[name])
    return [schema]


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def load(folder: Path) -> dict[str, Schema]:
    """The schemas of a folder."""
    return {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def release() -> None:
    """Make today's schemas the ones that the next change is compared with."""
    shutil.rmtree(RELEASED, ignore_errors=True)
    shutil.copytree(FOLDER, RELEASED)


def main() -> int:
    """Say every change; 1 where one is not additive. `--release` takes today's as released."""
    if "--release" in sys.argv[1:]:
        release()
    changes = compare(load(RELEASED), load(FOLDER))
    broken = sum(change.breaks for change in changes)
    told = [f"{'BREAKS' if one.breaks else 'adds  '} {one.sentence()}" for one in changes]
    told.append(f"{len(changes)} change(s) since the last release, {broken} of them breaking.")
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
