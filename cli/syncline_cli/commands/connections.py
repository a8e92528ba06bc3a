"""`connection`: a partner's way into its PSA."""

from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.fields import Fields, SecretFile, SecretPrompt, SecretVariable, ask, given, plain
from syncline_cli.problem import CommandError, ExitCode


def connection(
    connector: Annotated[str, typer.Argument(help="Such as xero.")] = "xero",
    connection_id: Annotated[str | None, typer.Argument(help="Such as main.")] = None,
    fields: Fields = None,
    secret: SecretPrompt = None,
    secret_file: SecretFile = None,
    secret_env: SecretVariable = None,
    check: Annotated[bool, typer.Option("--check", help="Try it on the live PSA now.")] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """List a partner's connections, make or change one, try it; secrets never come back.

    A new one asks for the secrets that it needs and was not given.
    """
    desk = open_desk(partner, as_json=as_json)
    path = f"{desk.base}/connectors/{segment(connector)}/connections"
    found: list[Json] = desk.client.get(path)["connections"]
    is_edit = bool(fields or secret or secret_file or secret_env)
    if connection_id is None:
        return _list(desk, found, is_only_look=not (is_edit or check))
    there = next((one for one in found if one["connection_id"] == connection_id), None)
    place = f"{path}/{segment(connection_id)}"
    if is_edit:
        form = _form(desk, connector)
        secrets = {name for name, one in form["properties"].items() if one.get("writeOnly")}
        changed = {**plain(fields, secrets), **given(secret_file, secret_env, secret)}
        if there is None:
            changed |= _missing(form, secrets, changed)
        body = {"form": {**(there["form"] if there else {}), **changed}}
        there = desk.client.put(place, body, version=version_of(there))
    if there is None:
        raise _not_there(connection_id, _form(desk, connector))
    if check:
        there = desk.client.post(f"{place}/check")
    _show_connections(desk, [there])
    is_bad = there["status"] in ("reauth_required", "failing")
    return ExitCode.NEEDS_ATTENTION if is_bad else ExitCode.DONE


def _list(desk: Desk, found: list[Json], *, is_only_look: bool) -> int:
    if not is_only_look:
        raise CommandError("Say which connection, such as main.", ExitCode.USAGE)
    _show_connections(desk, found)
    return ExitCode.DONE


def _not_there(connection_id: str, form: Json) -> CommandError:
    return CommandError(
        f"There is no connection {connection_id!r}. --set FIELD=VALUE makes it; the fields: "
        f"{', '.join(form['properties'])}.",
        ExitCode.NOT_FOUND,
    )


def _form(desk: Desk, connector: str) -> Json:
    for one in desk.connectors():
        if one["name"] == connector:
            return dict(one["connection_form"])
    raise CommandError(f"No connector {connector!r} runs.", ExitCode.NOT_FOUND)


def _missing(form: Json, secrets: set[str], body: Json) -> dict[str, str]:
    """Secrets that are needed and were not given: asked for."""
    needed = [name for name in form.get("required", []) if name in secrets and name not in body]
    return {name: ask(name, form["properties"][name].get("title", name)) for name in needed}


def _show_connections(desk: Desk, connections: list[Json]) -> None:
    if desk.output.as_json:
        desk.output.json({"connections": connections})
        return
    if not connections:
        desk.output.say("There is no connection yet.")
        return
    desk.output.table(
        f"Connections of {desk.partner}",
        ("Connector", "Id", "Status", "Detail", "Form"),
        [
            (
                one["connector"],
                one["connection_id"],
                one["status"].replace("_", " "),
                one["status_detail"],
                tuple(f"{name}={value}" for name, value in one["form"].items()),
            )
            for one in connections
        ],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(connection)
