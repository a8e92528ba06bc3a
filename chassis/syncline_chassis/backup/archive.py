"""A backup on disk: one gzipped file of BSON documents per collection and stream, and a manifest.

The manifest is written last, so a backup that was broken off has none and is not restored. The
files are what `mongodump --gzip` writes.
"""

import gzip
import hashlib
import json
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import bson
from syncline_contracts.presence import contracts_version, major

from syncline_chassis.errors import SynclineError

MANIFEST = "backup.json"
Document = dict[str, Any]


class BackupError(SynclineError):
    """A backup is not whole, or cannot go where it is to go."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: the documents of a collection, or the messages of a stream."""

    documents: int
    sha256: str


class Archive:
    """A directory; its parts are named like `databases/syncline_xero/ledger`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._parts: dict[str, Part] = {}

    def write(self, name: str, documents: Iterable[Document]) -> int:
        """Write a part; how many documents it has."""
        with self._writing(name) as add:
            for document in documents:
                add(document)
        return self._parts[name].documents

    async def follow(self, name: str, documents: AsyncIterable[Document]) -> int:
        """The same from what comes one by one: never more than one of them in memory."""
        with self._writing(name) as add:
            async for document in documents:
                add(document)
        return self._parts[name].documents

    @contextmanager
    def _writing(self, name: str) -> Iterator[Callable[[Document], None]]:
        file = self._file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        count = 0
        with gzip.open(file, "wb", compresslevel=1) as out:

            def add(document: Document) -> None:
                nonlocal count
                out.write(bson.encode(document))
                count += 1

            yield add
        self._parts[name] = Part(count, _digest(file))

    def finish(self) -> None:
        """Write the manifest: from now on this is a backup."""
        manifest = {
            "made_at": datetime.now(UTC).isoformat(),
            "contracts": contracts_version(),
            "parts": {name: asdict(part) for name, part in self._parts.items()},
        }
        (self._directory / MANIFEST).write_text(json.dumps(manifest, indent=1))

    def parts(self) -> dict[str, Part]:
        """What the manifest names, every file checked. Raises `BackupError`."""
        file = self._directory / MANIFEST
        if not file.exists():
            raise BackupError(f"{file} is not there: this is no backup, or it was broken off.")
        manifest = json.loads(file.read_text())
        if major(manifest["contracts"]) != major(contracts_version()):
            raise BackupError(
                f"It was made with contracts {manifest['contracts']}, and this is "
                f"{contracts_version()}: restore it with a release of the same major version."
            )
        parts = {name: Part(**one) for name, one in manifest["parts"].items()}
        for name, part in parts.items():
            if not self._file(name).exists() or _digest(self._file(name)) != part.sha256:
                raise BackupError(f"{self._file(name)} is missing or not as it was written.")
        return parts

    def read(self, name: str) -> Iterator[Document]:
        """Documents of a part, one after the other."""
        with gzip.open(self._file(name), "rb") as file:
            yield from bson.decode_file_iter(cast(BinaryIO, file))

    def _file(self, name: str) -> Path:
        return self._directory / f"{name}.bson.gz"


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
