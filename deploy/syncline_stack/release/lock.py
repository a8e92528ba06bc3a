"""The part of requirements.lock that one member needs, with every hash."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OWN = "syncline-"
NAME = "requirements.lock"
BUILD = ("hatchling", "cyclonedx-bom")
"""What makes wheels and tells what is in an environment."""
HEAD = (
    "# Of the lock of the whole repository, what this member needs; `make lock` writes it anew.\n"
)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==")


def members(root: Path) -> dict[str, Path]:
    """Folder of each member by its package's name."""
    files = [*root.glob("*/pyproject.toml"), *root.glob("services/*/pyproject.toml")]
    return {tomllib.loads(file.read_text())["project"]["name"]: file.parent for file in files}


def own_members(root: Path, package: str) -> list[str]:
    """The member itself and the members it stands on, by name."""
    found: list[str] = []

    def walk(name: str) -> None:
        if name not in found:
            found.append(name)
            for one in _of_member(known[name]):
                if one.name.startswith(OWN):
                    walk(one.name)

    known = members(root)
    walk(package)
    return sorted(found)


def locked_for(root: Path, package: str) -> str:
    """Text of the member's lock, made from what is installed here.

    Raises `KeyError` for a package that requirements.lock does not pin.
    """
    known = members(root)
    needs = [one for own in own_members(root, package) for one in _of_member(known[own])]
    return _locked(root, [one for one in needs if not one.name.startswith(OWN)])


def _locked(root: Path, needs: list[Requirement]) -> str:
    pins = _pins((root / NAME).read_text())
    wanted: set[str] = set()
    for one in needs:
        _walk(one, wanted)
    return HEAD + "".join(pin for name in sorted(wanted) for pin in pins[name])


def _of_member(folder: Path) -> list[Requirement]:
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["dependencies"]]


def _walk(wanted: Requirement, found: set[str], seen: set[tuple[str, str]] | None = None) -> None:
    """Whatever its markers say of this machine, that it is installed here decides."""
    seen = set() if seen is None else seen
    name = str(canonicalize_name(wanted.name))
    try:
        needs = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        return  # for another system
    found.add(name)
    for extra in ("", *wanted.extras):
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for one in needs:
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                _walk(one, found, seen)


def _pins(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in _entries(text):
        match = _PIN.match(entry)
        if match:
            found.setdefault(str(canonicalize_name(match[1])), []).append(entry)
    return found


def _entries(text: str) -> Iterator[str]:
    """A pin with its hashes each; comments are left out."""
    entry = ""
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("#"):
            continue
        if line[:1].strip() and entry:
            yield entry
            entry = ""
        entry += line
    if entry:
        yield entry


def locks(root: Path) -> dict[Path, str]:
    """Every lock there is to be, by its file: services, the chassis, and the tools of a build."""
    found = {
        folder / NAME: locked_for(root, name)
        for name, folder in members(root).items()
        if folder.parent.name == "services" or name == "syncline-chassis"
    }
    found[root / "deploy" / "build.lock"] = _locked(root, [Requirement(one) for one in BUILD])
    return found


if __name__ == "__main__":
    for file, text in locks(Path.cwd()).items():
        file.write_text(text)
