"""Folders of partners on disk, opened step by step without following any link; blocking calls."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from syncline_contracts.identity import PARTNER_PATTERN

INBOX, DONE, QUARANTINE = "inbox", "done", "quarantine"
_PARTNER = re.compile(PARTNER_PATTERN)
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Signature(NamedTuple):
    """What changes when a file does."""

    size: int
    changed_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of an inbox."""

    partner_id: str
    file_name: str
    signature: Signature
    is_file: bool
    """False for links, folders and devices, which are never opened."""

    @property
    def name(self) -> str:
        """The file's name as text that can travel."""
        text = os.fsencode(self.file_name).decode("utf-8", "replace")
        return "".join(letter if letter.isprintable() else "?" for letter in text)[:255]


def partners(root: Path) -> list[str]:
    """Names of the folders below the root that are partner ids; links are none."""
    with os.scandir(root) as entries:
        return sorted(
            entry.name
            for entry in entries
            if _PARTNER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        )


def look(root: Path, partner_id: str) -> list[Found]:
    """What lies in a partner's inbox; the folder is made where it is missing."""
    found = []
    with _opened(root, partner_id, INBOX, make=True) as inbox, os.scandir(inbox) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(_UNFINISHED):
                continue
            with contextlib.suppress(FileNotFoundError):
                seen = entry.stat(follow_symlinks=False)
                found.append(
                    Found(partner_id, entry.name, _signature(seen), stat.S_ISREG(seen.st_mode))
                )
    return found


def open_file(root: Path, found: Found) -> int:
    """Descriptor of the very file that was found. Raises `FileNotFoundError` for any other."""
    with _opened(root, found.partner_id, INBOX) as inbox:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(found.file_name, flags, dir_fd=inbox)
    if not is_unchanged(descriptor, found):
        os.close(descriptor)
        raise FileNotFoundError(found.name)
    return descriptor


def is_unchanged(descriptor: int, found: Found) -> bool:
    """Tell whether an open file is what it was when it was found."""
    seen = os.fstat(descriptor)
    return stat.S_ISREG(seen.st_mode) and _signature(seen) == found.signature


def put_away(root: Path, found: Found, folder: str, mark: str, reason: str = "") -> bool:
    """Move an entry to `done` or `quarantine`, there beside its reason; False where it changed.

    `mark` tells files of one name apart, and is the same for the same content.
    """
    with (
        _opened(root, found.partner_id, INBOX) as inbox,
        _opened(root, found.partner_id, folder, make=True) as target,
    ):
        try:
            seen = os.stat(found.file_name, dir_fd=inbox, follow_symlinks=False)
        except FileNotFoundError:
            return False
        if _signature(seen) != found.signature:
            return False  # another file of that name: the next look takes it
        name = _free_name(target, found.file_name, mark)
        if reason:
            _write(target, f"{name}.reason.txt", reason)
        os.rename(found.file_name, name, src_dir_fd=inbox, dst_dir_fd=target)
        return True


def _free_name(folder: int, name: str, mark: str) -> str:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{mark}.{suffix}" if dot and stem else f"{name}.{mark}"


def _write(folder: int, name: str, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o644, dir_fd=folder), "w", encoding="utf-8") as file:
        file.write(text + "\n")


@contextmanager
def _opened(root: Path, partner_id: str, folder: str, *, make: bool = False) -> Iterator[int]:
    """Descriptor of `<root>/<partner>/<folder>`, no step of which may be a link."""
    if not _PARTNER.fullmatch(partner_id):
        raise FileNotFoundError(partner_id)
    descriptors = [os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
    try:
        for name in (partner_id, folder):
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o770, dir_fd=descriptors[-1])
            descriptors.append(os.open(name, _DIRECTORY, dir_fd=descriptors[-1]))
        yield descriptors[-1]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _signature(seen: os.stat_result) -> Signature:
    return Signature(seen.st_size, seen.st_mtime_ns, seen.st_ino)
