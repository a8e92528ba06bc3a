"""`events`: what happens at a partner, live or from a moment on."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import moment, money
from syncline_cli.problem import CommandError, ExitCode

QUIET_S = 1.5
"""Without --follow it ends once nothing more comes for so long."""
PATIENCE_S = 60.0
"""With --follow a view that broke is opened again for so long."""
OPEN_AGAIN_S = 1.0
REMEMBERED = 10_000


def events(
    partner: Partner = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    since: Annotated[
        int, typer.Option(help="Begin so many minutes ago.", min=0, max=60 * 24 * 400)
    ] = 60,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only this type, such as tenant.synced.v1; repeat."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Events of a partner; with --json one object per line."""
    desk = open_desk(partner, as_json=as_json)
    start = (datetime.now(UTC) - timedelta(minutes=since)).isoformat()
    for event in _followed(desk, start, kind) if follow else _view(desk, start, kind, QUIET_S):
        _tell(desk, event)
    return ExitCode.DONE


def _view(desk: Desk, since: str, kind: list[str] | None, quiet_s: float | None) -> Iterator[Json]:
    """One view. Raises `CommandError` where it breaks."""
    path = f"{desk.base}/events"
    for event in desk.client.events(path, quiet_s=quiet_s, since=since, type=kind):
        if "type" not in event:
            raise CommandError(str(event.get("detail", "The view broke.")), ExitCode.UNREACHABLE)
        yield event


def _followed(desk: Desk, since: str, kind: list[str] | None) -> Iterator[Json]:
    """View after view, each event once, until Syncline stays away for too long."""
    desk.client.get(desk.base)  # what is wrong from the beginning is told at once
    seen: dict[str, None] = {}
    deadline = None
    while True:
        opened_at = time.monotonic()
        trouble = CommandError("The view ended.", ExitCode.UNREACHABLE)
        try:
            for event in _view(desk, since, kind, None):
                since = event["time"]
                if event["id"] not in seen:
                    _remember(seen, event["id"])
                    yield event
        except CommandError as error:
            if error.code != ExitCode.UNREACHABLE:
                raise
            trouble = error
        now = time.monotonic()
        if deadline is None or now - opened_at > 2 * OPEN_AGAIN_S:  # it was open in between
            deadline = now + PATIENCE_S
            desk.output.remark(f"{trouble} The view is opened again.")
        if now > deadline:
            raise trouble
        time.sleep(OPEN_AGAIN_S)


def _remember(seen: dict[str, None], event_id: str) -> None:
    seen[event_id] = None
    if len(seen) > REMEMBERED:
        del seen[next(iter(seen))]


def _tell(desk: Desk, event: Json) -> None:
    if desk.output.as_json:
        desk.output.json_line(event)
        return
    data = event["data"]
    names = ("invoice_no", "document_name", "tenant_name", "tenant_id", "status")
    told = [str(data[name]) for name in names if data.get(name)]
    told += [f"{name} {money(data[name])}" for name in ("cost", "sell", "total") if data.get(name)]
    told += [hold["code"].replace("_", " ") for hold in data.get("holds", ())]
    told += [str(data[name]) for name in ("message", "what") if data.get(name)]
    told += [f"by {data['actor']}"] if data.get("actor") else []
    desk.output.say(f"{moment(event['time'])}  {event['type']:28} {'  '.join(told)}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(events)
