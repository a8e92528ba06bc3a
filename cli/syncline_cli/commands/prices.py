"""`prices`: every change to what prices depend on."""

import typer

from syncline_cli.desk import AsJson, Partner, open_desk
from syncline_cli.output import moment
from syncline_cli.problem import ExitCode


def prices(partner: Partner = None, as_json: AsJson = False) -> int:
    """Who changed prices, newest first; --json has what was before and after."""
    desk = open_desk(partner, as_json=as_json)
    found = desk.client.get(f"{desk.base}/price-changes")
    if as_json:
        desk.output.json(found)
    elif not found["entries"]:
        desk.output.say("Nobody has changed prices yet.")
    else:
        desk.output.table(
            f"Changes to prices at {desk.partner}",
            ("=When", "Who", "What"),
            [(moment(one["at"]), one["actor"], one["what"]) for one in found["entries"]],
        )
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(prices)
