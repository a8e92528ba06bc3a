"""A pytest plugin: at the end of a session no secret of it stands in any log of it.

Secrets are known from where they are made: those of this process as they are made, those of a
stack in a process of its own from the files in which it keeps them.
"""

import functools
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

SHORTEST = 16
"""Characters; a shorter word is taken for no secret."""
WORD = re.compile(rb"[A-Za-z0-9_-]{%d,}" % SHORTEST)
MADE_UP = (b"access-of-", b"secret-of-")
"""What the passwords begin with that a `Road` makes up for the distributor and the PSAs."""
LOGS = re.compile(r"log|output|.+\.log")
_made: set[bytes] = set()
_printed: dict[bytes, str] = {}
"""Words that a test printed, and which test that was."""


def noting(make: Callable[..., Any]) -> Callable[..., Any]:
    """Make a secret, and know it from now on."""

    @functools.wraps(make)
    def made(*arguments: Any) -> Any:
        secret = make(*arguments)
        _made.add(secret if isinstance(secret, bytes) else secret.encode())
        return secret

    return made


def kept_under(directory: Path) -> set[bytes]:
    """Secrets in the files of stacks and databases."""
    found = set[bytes]()
    for file in _files(directory):
        if file.name == "secrets.json":
            kept = json.loads(file.read_text())
            found |= {one.encode() for one in _texts(kept)}
        elif file.name == "keyfile":
            found.add(file.read_bytes().strip())
    return {one for one in found if len(one) >= SHORTEST}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _files(directory: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(directory):
        below[:] = [one for one in below if one != "data"]  # what a broker or a database stores
        yield from (Path(folder, name) for name in names)


def words_of(text: bytes) -> set[bytes]:
    """What in a text could be a secret, or have one in it."""
    return {*WORD.findall(text), *(one for one in MADE_UP if one in text)}


def told(words: Iterable[bytes], known: Iterable[bytes]) -> set[bytes]:
    """Words with a secret in them."""
    heads = {one[:SHORTEST]: one.rstrip(b"=") for one in known}
    return {word for word in words if word in MADE_UP or _has_one(word, heads)}


def _has_one(word: bytes, heads: dict[bytes, bytes]) -> bool:
    for begin in range(len(word) - SHORTEST + 1):
        secret = heads.get(word[begin : begin + SHORTEST])
        if secret is not None and word.startswith(secret, begin):
            return True
    return False


def leaks(directory: Path) -> list[str]:
    """Logs and tests that tell a secret, each with the beginning of the word that does."""
    known = _made | kept_under(directory)
    logs = [
        f"{file.relative_to(directory)}: {word[:6].decode()}..."
        for file in _files(directory)
        if LOGS.fullmatch(file.name)
        for word in told(words_of(file.read_bytes()), known)
    ]
    prints = [f"{_printed[word]}: {word[:6].decode()}..." for word in told(_printed, known)]
    return sorted(logs + prints)


def pytest_configure(config: pytest.Config) -> None:
    """Begin before any test module is read: some make keys as they are."""
    patch = pytest.MonkeyPatch()
    patch.setattr(secrets, "token_urlsafe", noting(secrets.token_urlsafe))
    patch.setattr(Fernet, "generate_key", staticmethod(noting(Fernet.generate_key)))
    config.add_cleanup(patch.undo)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if hasattr(report, "node"):  # told by another process, which looks itself
        return
    for title, text in report.sections:
        for word in words_of(text.encode(errors="replace")):
            _printed.setdefault(word, f"{report.nodeid}, {title.lower()}")


@pytest.fixture(scope="session", autouse=True)
def no_secret_in_any_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Made first, so it ends last: when whatever writes logs has ended."""
    yield
    found = leaks(tmp_path_factory.getbasetemp())
    if found:
        pytest.fail("Secrets stand in logs of this session:\n" + "\n".join(found), pytrace=False)
