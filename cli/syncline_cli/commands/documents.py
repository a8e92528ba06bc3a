"""`documents`: what came in, and what became of each."""

from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Partner, open_desk
from syncline_cli.output import exact, moment
from syncline_cli.problem import ExitCode

MOST_SHOWN = 100


def documents(
    partner: Partner = None,
    limit: Annotated[int, typer.Option(help="So many, the newest.", min=1, max=1000)] = MOST_SHOWN,
    as_json: AsJson = False,
) -> int:
    """Documents, newest first; a refused one says row, column and why."""
    desk = open_desk(partner, as_json=as_json)
    found = desk.client.get(f"{desk.base}/documents", limit=limit)
    if as_json:
        desk.output.json(found)
        return ExitCode.DONE
    desk.output.table(
        f"Documents of {desk.partner}",
        ("=Came", "Source", "Name", "Status", "Invoice", ">Lines", ">Cost", "Why"),
        [
            (
                moment(one["received_at"]),
                one["source_id"],
                one["name"],
                one["status"],
                one.get("invoice_no") or "",
                f"{one.get('lines') or 0:,}",
                exact(one.get("cost")),
                _why(one),
            )
            for one in found["documents"]
        ],
    )
    if found["next_cursor"] is not None:
        desk.output.say(f"There are more; --limit shows more than {limit}.")
    return ExitCode.DONE


def _why(one: Json) -> str:
    where = " ".join(
        f"{name} {one[name]}," for name in ("row", "column") if one.get(name) is not None
    )
    return f"{where} {one.get('message') or ''}".strip()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(documents)
