"""Asking before the PSA is changed."""

import sys

import typer

from syncline_cli.desk import Desk
from syncline_cli.problem import CommandError, ExitCode


def consent(desk: Desk, question: str) -> None:
    """Ask; where there is nobody to ask, nothing is done. Raises `CommandError`, `Abort`."""
    is_somebody_there = sys.stdin.isatty() and desk.output.aside.is_terminal
    if desk.output.as_json or not is_somebody_there:
        raise CommandError("Nothing was written: say --yes to go on.", ExitCode.USAGE)
    typer.confirm(question, abort=True, err=True)
