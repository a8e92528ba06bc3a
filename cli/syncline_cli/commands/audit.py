"""`audit`: who decided what, when, why, and what was before and after."""

from typing import Annotated

import typer

from syncline_cli.desk import AsJson, Partner, open_desk
from syncline_cli.output import moment
from syncline_cli.problem import ExitCode


def audit(
    partner: Partner = None,
    who: Annotated[str | None, typer.Option(help="Part of a name.")] = None,
    what: Annotated[str | None, typer.Option(help="Part of what was decided, or why.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From then on, such as 2026-11-01T00:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on there.")] = None,
    as_json: AsJson = False,
) -> int:
    """Every decision of a person about a partner, newest first."""
    desk = open_desk(partner, as_json=as_json)
    wanted = {"who": who, "what": what, "since": since, "until": until}
    found = desk.client.get(f"{desk.base}/audit", limit=limit, cursor=cursor, **wanted)
    if as_json:
        desk.output.json(found)
        return ExitCode.DONE
    desk.output.table(
        f"Decisions at {desk.partner}",
        ("When", "Who", "What", "Why"),
        [(moment(one["at"]), one["actor"], one["what"], one["why"]) for one in found["entries"]],
    )
    if found["without"]:
        desk.output.remark(f"Not complete: {', '.join(found['without'])} does not answer now.")
    if found["next_cursor"]:
        desk.output.remark(f"There are older ones: --cursor {found['next_cursor']}")
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)
