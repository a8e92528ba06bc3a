"""`token`: API tokens of a partner, or of operators."""

from enum import StrEnum
from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import Cell, moment
from syncline_cli.problem import CommandError, ExitCode


class Role(StrEnum):
    """What a token may do at a partner."""

    VIEWER = "viewer"
    BILLING = "billing"
    ADMIN = "admin"


def token(
    name: Annotated[str | None, typer.Argument(help="Who will use it; makes one.")] = None,
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.VIEWER,
    revoke: Annotated[str | None, typer.Option(help="End the token of this id.")] = None,
    operator: Annotated[
        bool, typer.Option("--operator", help="All tokens; with a name, one for an operator.")
    ] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """List a partner's API tokens, make one, or end one. A new one is told this once."""
    desk = open_desk(partner, as_json=as_json)
    path = "/v1/tokens" if operator else f"{desk.base}/tokens"
    whom = "Syncline" if operator else desk.partner
    if revoke is not None and name is not None:
        raise CommandError("Say either a name or --revoke.", ExitCode.USAGE)
    if revoke is not None:
        return _revoke(desk, path, revoke, whom)
    if name is not None:
        body = {"name": name, **({"operator": True} if operator else {"role": role.value})}
        made = desk.client.post(path, body)
        if as_json:
            desk.output.json(made)
        desk.output.say(made["token"])
        what = "an operator" if operator else f"{role.value} of {desk.partner}"
        desk.output.say(f"It is told this once. {name} is {what}.")
        return ExitCode.DONE
    found = desk.client.whole(path)
    if as_json:
        desk.output.json(found)
    else:
        desk.output.table(
            f"API tokens that reach {whom}",
            ("Id", "Name", "Role", "Made", "By", "Last used", "Ended"),
            [_row(desk, one, everywhere=operator) for one in found["tokens"]],
        )
    return ExitCode.DONE


def _revoke(desk: Desk, path: str, token_id: str, whom: str) -> int:
    ended = desk.client.delete(f"{path}/{segment(token_id)}")
    if desk.output.as_json:
        desk.output.json(ended)
    desk.output.say(f"{ended['name']} ({token_id}) no longer reaches {whom}.")
    return ExitCode.DONE


def reach(desk: Desk, one: Json, *, everywhere: bool) -> Cell:
    """Role at the partner, or at every partner."""
    if one["operator"]:
        return "operator"
    roles = one["roles"]
    if everywhere:
        return tuple(f"{what} of {partner}" for partner, what in roles.items())
    return str(roles.get(desk.partner, ""))


def _row(desk: Desk, one: Json, *, everywhere: bool) -> tuple[Cell, ...]:
    return (
        one["token_id"],
        one["name"],
        reach(desk, one, everywhere=everywhere),
        moment(one["created_at"]),
        one["created_by"],
        moment(one["last_used_at"]),
        moment(one["revoked_at"]),
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)
