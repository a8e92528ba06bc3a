"""`user`: who may sign in by the company's identity provider."""

from typing import Annotated

import typer

from syncline_cli.client import segment
from syncline_cli.commands.tokens import Role, reach
from syncline_cli.desk import AsJson, Partner, open_desk
from syncline_cli.output import moment
from syncline_cli.problem import CommandError, ExitCode


def user(
    email: Annotated[str | None, typer.Argument(help="Whom to give access.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name, kept once given.")] = None,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    revoke: Annotated[str | None, typer.Option(help="Take back access of this address.")] = None,
    operator: Annotated[
        bool, typer.Option("--operator", help="All users; with an address, an operator.")
    ] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """List who may sign in for a partner, give access or another role, or take it back."""
    desk = open_desk(partner, as_json=as_json)
    path = "/v1/users" if operator else f"{desk.base}/users"
    whom = "Syncline" if operator else desk.partner
    if revoke is not None and email is not None:
        raise CommandError("Say either an address or --revoke.", ExitCode.USAGE)
    if revoke is not None:
        ended = desk.client.delete(f"{path}/{segment(revoke)}")
        if as_json:
            desk.output.json(ended)
        desk.output.say(f"{ended['email']} no longer reaches {whom}.")
    elif email is not None:
        access = {"operator": True} if operator else {"role": role.value}
        given = desk.client.put(f"{path}/{segment(email)}", {"name": name or email, **access})
        if as_json:
            desk.output.json(given)
        what = "an operator" if operator else f"{role.value} of {desk.partner}"
        desk.output.say(f"{given['email']} may sign in: {what}.")
    elif as_json:
        desk.output.json(desk.client.whole(path))
    else:
        desk.output.table(
            f"Users who reach {whom}",
            ("E-mail", "Name", "Role", "Given", "By", "Last sign-in", "Ended"),
            [
                (
                    one["email"],
                    one["name"],
                    reach(desk, one, everywhere=operator),
                    moment(one["created_at"]),
                    one["created_by"],
                    moment(one["signed_in_at"]),
                    moment(one["revoked_at"]),
                )
                for one in desk.client.whole(path)["users"]
            ],
        )
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(user)
