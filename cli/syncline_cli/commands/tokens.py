"""`token`: API tokens of a partner."""

from typing import Annotated

import typer

from syncline_cli.client import segment
from syncline_cli.desk import AsJson, Partner, open_desk
from syncline_cli.output import moment
from syncline_cli.problem import CommandError, ExitCode


def token(
    name: Annotated[str | None, typer.Argument(help="Who will use it; makes one.")] = None,
    role: Annotated[str, typer.Option(help="viewer, billing or admin.")] = "viewer",
    revoke: Annotated[str | None, typer.Option(help="End the token of this id.")] = None,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """List a partner's API tokens, make one, or end one. A new one is told this once."""
    desk = open_desk(partner, as_json=as_json)
    path = f"{desk.base}/tokens"
    if revoke is not None:
        if name is not None:
            raise CommandError("Say either a name or --revoke.", ExitCode.USAGE)
        ended = desk.client.delete(f"{path}/{segment(revoke)}")
        if as_json:
            desk.output.json(ended)
        desk.output.say(f"{ended['name']} ({revoke}) no longer reaches {desk.partner}.")
        return ExitCode.DONE
    if name is not None:
        made = desk.client.post(path, {"name": name, "role": role})
        if as_json:
            desk.output.json(made)
        desk.output.say(
            f"{made['token']}\nIt is told this once. {name} is {role} of {desk.partner}."
        )
        return ExitCode.DONE
    found = desk.client.get(path)
    if as_json:
        desk.output.json(found)
        return ExitCode.DONE
    desk.output.table(
        f"API tokens that reach {desk.partner}",
        ("Id", "Name", "Role", "Made", "By", "Last used", "Ended"),
        [
            (
                one["token_id"],
                one["name"],
                "operator" if one["operator"] else one["roles"].get(desk.partner, ""),
                moment(one["created_at"]),
                one["created_by"],
                moment(one["last_used_at"]),
                moment(one["revoked_at"]),
            )
            for one in found["tokens"]
        ],
    )
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)
