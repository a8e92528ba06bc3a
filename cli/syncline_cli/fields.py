"""`--set` for fields as they are typed; secrets from a file, a variable or a prompt only."""

import os
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer

from syncline_cli.problem import CommandError, ExitCode

Fields = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE; may be repeated. No secrets.")
]
SecretFile = Annotated[
    list[str] | None,
    typer.Option("--secret-file", help="FIELD=FILE that holds a secret, - for standard input."),
]
SecretVariable = Annotated[
    list[str] | None,
    typer.Option("--secret-env", help="FIELD=NAME of the environment variable with a secret."),
]
SecretPrompt = Annotated[
    list[str] | None, typer.Option("--secret", help="FIELD of a secret that is asked for.")
]
_LOOKS_SECRET = re.compile(r"secret|password|passwd|token|(access|api|private)_?key", re.IGNORECASE)


def pairs(texts: list[str] | None, option: str = "--set") -> dict[str, str]:
    """Fields by name. Raises `CommandError` for what is no FIELD=VALUE, without repeating it."""
    found = {}
    for text in texts or []:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise CommandError(f"{option} takes FIELD=VALUE.", ExitCode.USAGE)
        found[name] = value
    return found


def plain(texts: list[str] | None, secrets: Collection[str] = ()) -> dict[str, str]:
    """Fields that are no secrets. Raises `CommandError` for one that is, or seems to be."""
    found = pairs(texts)
    for name in found:
        if name in secrets or _LOOKS_SECRET.search(name):
            raise CommandError(
                f"{name} is a secret, and a command line is seen by others and kept. "
                f"{ways(name)} Change it where it was made, too: it has been on a command line.",
                ExitCode.USAGE,
            )
    return found


def ways(name: str) -> str:
    """How a secret can be given."""
    return (
        f"Say --secret {name} to be asked, --secret-file {name}=FILE or --secret-env {name}=NAME."
    )


def given(
    files: list[str] | None,
    variables: list[str] | None,
    asked: list[str] | None,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Secrets by field, wherever they come from. Raises `CommandError`, which never repeats one."""
    found = {name: _content(name, file) for name, file in pairs(files, "--secret-file").items()}
    for name, variable in pairs(variables, "--secret-env").items():
        # What stands there is not repeated: it may be the secret itself, by mistake.
        if not environment.get(variable):
            raise CommandError(f"The variable for {name} is not set or empty.", ExitCode.USAGE)
        found[name] = environment[variable]
    return found | {name: ask(name, name) for name in asked or []}


def ask(name: str, title: str) -> str:
    """Ask for a secret. Raises `CommandError` where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise CommandError(f"{title} is needed. {ways(name)}", ExitCode.USAGE)
    return str(typer.prompt(title, hide_input=True, err=True))


def _content(name: str, file: str) -> str:
    """A secret from a file, without the line's end."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"The file for {name} cannot be read: {why}."
        raise CommandError(message, ExitCode.NOT_FOUND) from None
    if not text.strip():
        raise CommandError(f"The file for {name} is empty.", ExitCode.USAGE)
    return text.strip()
