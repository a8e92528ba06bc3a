"""Where Syncline is, and with which token."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from syncline_cli.problem import CommandError, ExitCode

STACK_FILE = Path(".syncline") / "stack.json"
_HELP = (
    "Start one with `make up` and call this in the same folder or below, or set SYNCLINE_URL and "
    "SYNCLINE_TOKEN."
)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """An address and a token that opens it."""

    url: str
    token: str


def find(environment: Mapping[str, str] = os.environ, start: Path | None = None) -> Whereabouts:
    """From the environment, else from a stack that runs in this folder or one above.

    Raises `CommandError` where there is neither.
    """
    url, token = environment.get("SYNCLINE_URL", ""), environment.get("SYNCLINE_TOKEN", "").strip()
    if url and token:
        return _checked(url.strip().rstrip("/"), token)
    if url or token:
        missing = "SYNCLINE_TOKEN" if url else "SYNCLINE_URL"
        raise CommandError(f"{missing} is not set; both are needed.", ExitCode.USAGE)
    try:
        here = (start or Path.cwd()).resolve()
    except OSError:
        raise CommandError(
            f"This folder is not there any more. {_HELP}", ExitCode.UNREACHABLE
        ) from None
    for folder in (here, *here.parents):
        file = folder / STACK_FILE
        if _is_there(file):
            return _read(file)
    message = f"No running stack was found from {here} upwards. {_HELP}"
    raise CommandError(message, ExitCode.UNREACHABLE)


def _checked(url: str, token: str) -> Whereabouts:
    """Neither is repeated in what is said: an address may hold a password."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_address = is_address and (parts.port is None or parts.port > 0) and url.isprintable()
    except ValueError:
        is_address = False
    if not is_address or " " in url:
        raise CommandError(
            "SYNCLINE_URL is no address. It takes one such as https://syncline.example.com.",
            ExitCode.USAGE,
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise CommandError("SYNCLINE_TOKEN holds what no token has.", ExitCode.USAGE)
    return Whereabouts(url, token)


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a folder above that this user may not look into
        return False


def _read(file: Path) -> Whereabouts:
    try:
        # Whoever else may write above this folder could have a token, or any file, sent to them.
        if file.stat().st_uid != os.getuid():
            message = f"{file} belongs to another user, so it is not trusted. {_HELP}"
            raise CommandError(message, ExitCode.UNREACHABLE)
        told = json.loads(file.read_text())
        token = Path(told["token_file"]).read_text().strip()
        return Whereabouts(str(told["portal_url"]), token)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{file} cannot be read ({error!r}). {_HELP}"
        raise CommandError(message, ExitCode.UNREACHABLE) from error
