"""`--set` and `--secret-file`: fields as they are typed, and secrets that are not."""

from pathlib import Path
from typing import Annotated

import typer

from syncline_cli.problem import CommandError, ExitCode

Fields = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE; may be repeated. No secrets.")
]
SecretFile = Annotated[
    list[str] | None,
    typer.Option("--secret-file", help="FIELD=FILE that holds a secret; may be repeated."),
]


def pairs(texts: list[str] | None) -> dict[str, str]:
    """Fields by name. Raises `CommandError` for what is no FIELD=VALUE."""
    found = {}
    for text in texts or []:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise CommandError(f"{text!r} is not FIELD=VALUE.", ExitCode.USAGE)
        found[name] = value
    return found


def content(file: str) -> str:
    """A secret from a file, without the line's end."""
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read: {error.strerror}.", ExitCode.NOT_FOUND
        ) from error
