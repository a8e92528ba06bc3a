"""`syncline`: every command, and how each ends."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from syncline_cli.commands import (
    audit,
    breakdown,
    connections,
    dead_letters,
    doctor,
    documents,
    events,
    holds,
    ingest,
    invoices,
    ledger,
    mappings,
    partners,
    picks,
    prices,
    profiles,
    propose,
    reprice,
    reverse,
    revisions,
    sources,
    sync,
    tokens,
    users,
)
from syncline_cli.output import clean
from syncline_cli.problem import CommandError, ExitCode

HELP = """Azure invoices: detected, priced, held, mapped, synced into the PSA; once, to the cent.

Finds a stack that `make up` started in this folder or above; another one by SYNCLINE_URL and
SYNCLINE_TOKEN.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not found, 4 done and something waits for
a person, 5 Syncline does not answer or is not found, 130 ended by Ctrl-C.
"""
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they show what variables hold
)
MONTHLY = (
    *(ingest, invoices, revisions, holds, propose, mappings, profiles, reprice, sync, ledger),
    *(reverse, documents, breakdown, picks, prices, events),
)
SETTING_UP = (partners, connections, sources, users, tokens, audit, dead_letters, doctor)
for noun in (*MONTHLY, *SETTING_UP):
    noun.register(app)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(version("syncline-cli"))
        raise typer.Exit


@app.callback(help=HELP)
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    pass


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; its exit code."""
    try:
        outcome = app(arguments, standalone_mode=False)
    except CommandError as error:
        return _end(str(error), error.code, error.choices)
    except KeyError as error:  # an answer without what every Syncline of this version says
        words = f"Syncline's answer has no {error}. Is the address right, and the version the same?"
        return _end(words, ExitCode.UNREACHABLE)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except typer.Abort:
        return _end("Stopped; nothing more was done.", ExitCode.PROBLEM)
    except KeyboardInterrupt:
        return 130
    except typer.TyperException as error:  # what was typed cannot be understood
        words = f"{error.format_message()} --help tells what can be said."
        return _end(words, error.exit_code)
    return int(outcome) if isinstance(outcome, int) else int(ExitCode.DONE)


def _end(words: str, code: int, choices: tuple[str, ...] = ()) -> int:
    aside = Console(stderr=True)
    aside.print(Text(clean(words), "red"), soft_wrap=True)
    for choice in choices:
        aside.print(Text(f"  {clean(choice)}"), soft_wrap=True)
    return int(code)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that this locale cannot write is no reason
            stream.reconfigure(errors="replace")  # to end halfway through a table
    sys.exit(run())
