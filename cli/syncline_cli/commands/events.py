"""`events`: what happens at a partner, live or from a moment on."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import moment
from syncline_cli.problem import CommandError, ExitCode

QUIET_S = 1.5
"""Without --follow it ends once nothing more comes for so long."""


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
    start = datetime.now(UTC) - timedelta(minutes=since)
    path, quiet_s = f"{desk.base}/events", None if follow else QUIET_S
    for event in desk.client.events(path, quiet_s=quiet_s, since=start.isoformat(), type=kind):
        if "type" not in event:
            raise CommandError(str(event.get("detail", "The view broke.")), ExitCode.UNREACHABLE)
        _tell(desk, event)
    return ExitCode.DONE


def _tell(desk: Desk, event: Json) -> None:
    if desk.output.as_json:
        desk.output.json_line(event)
        return
    data = event["data"]
    about = [data.get(name) for name in ("invoice_no", "tenant_name", "tenant_id", "status")]
    words = [data.get(name) for name in ("message", "what") if data.get(name)]
    told = "  ".join(str(one) for one in (*about, *words) if one)
    desk.output.say(f"{moment(event['time'])}  {event['type']:28} {told}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(events)
