"""`doctor`: examines a running system, and says what to do."""

from collections import Counter
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Desk, open_desk
from syncline_cli.problem import ExitCode


def doctor(
    patience: Annotated[
        float, typer.Option(help="Minutes after which what has not moved on is stuck.")
    ] = 15.0,
    as_json: AsJson = False,
) -> int:
    """What is not as it should be, where, and what to do. Exit code 4 while there is anything."""
    desk = open_desk(as_json=as_json)
    found: Json = desk.client.get("/v1/doctor", patience_minutes=patience)
    if as_json:
        desk.output.json(found)
    else:
        _show_running(desk, found["running"])
        _show_findings(desk, found["findings"])
    return ExitCode.NEEDS_ATTENTION if found["findings"] else ExitCode.DONE


def _show_running(desk: Desk, running: list[Json]) -> None:
    counted = Counter((one["service"], one["version"], one["contracts"]) for one in running)
    desk.output.table(
        "What is running",
        ("=Service", ">Processes", "=Version", "=Contracts"),
        [
            (service, str(processes), version, contracts)
            for (service, version, contracts), processes in sorted(counted.items())
        ],
    )


def _show_findings(desk: Desk, findings: list[Json]) -> None:
    if not findings:
        desk.output.say("Everything is as it should be.")
        return
    desk.output.table(
        "What is not as it should be",
        ("=How bad", "Where", "What", "What to do"),
        [(one["severity"], one["where"], one["what"], one["todo"]) for one in findings],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
