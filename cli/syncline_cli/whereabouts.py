"""Where Syncline is, and with which token."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    url, token = environment.get("SYNCLINE_URL", ""), environment.get("SYNCLINE_TOKEN", "")
    if url and token:
        return Whereabouts(url.rstrip("/"), token.strip())
    if url or token:
        missing = "SYNCLINE_TOKEN" if url else "SYNCLINE_URL"
        raise CommandError(f"{missing} is not set; both are needed.", ExitCode.USAGE)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        file = folder / STACK_FILE
        if file.is_file():
            return _read(file)
    message = f"No running stack was found from {here} upwards. {_HELP}"
    raise CommandError(message, ExitCode.UNREACHABLE)


def _read(file: Path) -> Whereabouts:
    try:
        told = json.loads(file.read_text())
        token = Path(told["token_file"]).read_text().strip()
        return Whereabouts(str(told["portal_url"]), token)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{file} cannot be read ({error!r}). {_HELP}"
        raise CommandError(message, ExitCode.UNREACHABLE) from error
