"""`syncline`: every command, and how each ends."""

import sys

import typer
from rich.console import Console
from rich.text import Text

from syncline_cli.commands import (
    connections,
    dead_letters,
    events,
    holds,
    ingest,
    invoices,
    partners,
    profiles,
    sources,
    sync,
    tokens,
)
from syncline_cli.output import clean
from syncline_cli.problem import CommandError, ExitCode

HELP = """Azure invoices: detected, priced, held, mapped, synced into the PSA; once, to the cent.

Finds a stack that `make up` started in this folder or above; another one by SYNCLINE_URL and
SYNCLINE_TOKEN.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not found, 4 done and something waits for
a person, 5 Syncline does not answer.
"""
app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
MONTHLY = (ingest, invoices, holds, profiles, sync, events)
SETTING_UP = (partners, connections, sources, tokens, dead_letters)
for noun in (*MONTHLY, *SETTING_UP):
    noun.register(app)


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; its exit code."""
    try:
        outcome = app(arguments, standalone_mode=False)
    except CommandError as error:
        Console(stderr=True).print(Text(clean(str(error)), "red"), soft_wrap=True)
        return int(error.code)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except typer.Abort:
        Console(stderr=True).print("Stopped; nothing more was done.")
        return int(ExitCode.PROBLEM)
    except KeyboardInterrupt:
        return 130
    except typer.TyperException as error:  # what was typed cannot be understood
        words = f"{error.format_message()} --help tells what can be said."
        Console(stderr=True).print(Text(words, "red"), soft_wrap=True)
        return int(error.exit_code)
    return int(outcome) if isinstance(outcome, int) else int(ExitCode.DONE)


def main() -> None:
    """Run the command line."""
    sys.exit(run())
