"""`deadletter`: messages that no service could handle: read, corrected, replayed, discarded."""

from pathlib import Path
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Desk, open_desk
from syncline_cli.output import moment
from syncline_cli.problem import CommandError, ExitCode

PATH = "/v1/dead-letters"


def deadletter(
    number: Annotated[int | None, typer.Argument(help="One of them, whole.")] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Hand it to its service once more.")
    ] = False,
    body: Annotated[
        Path | None,
        typer.Option(
            help="With --replay: the corrected message, a message of its own.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    discard: Annotated[
        bool, typer.Option("--discard", help="Give it up; needs a --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; the audit keeps it.")] = "",
    as_json: AsJson = False,
) -> int:
    """Messages that could not be handled, newest first. Exit code 4 while there are any."""
    desk = open_desk(as_json=as_json)
    if replay and discard:
        raise CommandError("--replay or --discard, not both.", ExitCode.USAGE)
    if body is not None and not replay:
        raise CommandError("--body goes with --replay.", ExitCode.USAGE)
    if number is None:
        if replay or discard:
            raise CommandError("Say which one.", ExitCode.USAGE)
        return _list(desk)
    if replay:
        changed = body.read_text() if body else None
        done = desk.client.post(f"{PATH}/{number}/replay", {"body": changed, "why": reason})
        return _settled(desk, done, f"Dead letter {number} was handled and is gone.")
    if discard:
        done = desk.client.post(f"{PATH}/{number}/discard", {"why": reason})
        return _settled(desk, done, f"Dead letter {number} was discarded; the audit keeps it.")
    letter = desk.client.get(f"{PATH}/{number}")
    if as_json:
        desk.output.json(letter)
    for name, value in letter.items():
        desk.output.say(f"{name:>15}  {value}")
    return ExitCode.DONE


def _settled(desk: Desk, done: Json, words: str) -> int:
    if desk.output.as_json:
        desk.output.json(done)
    desk.output.say(words)
    return ExitCode.DONE


def _list(desk: Desk) -> int:
    found = desk.client.get(PATH, limit=100)
    letters = found["dead_letters"]
    if desk.output.as_json:
        desk.output.json(found)
    elif not letters:
        desk.output.say("There are none.")
    else:
        desk.output.table(
            "Dead letters",
            (">No", "When", "Service", "Type", "Partner", ">Attempts", "Error"),
            [
                (
                    str(one["letter_id"]),
                    moment(one["at"]),
                    one["service"],
                    one["type"],
                    one["partner_id"] or "",
                    str(one["attempts"]),
                    one["error"],
                )
                for one in letters
            ],
        )
    return ExitCode.NEEDS_ATTENTION if letters else ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(deadletter)
