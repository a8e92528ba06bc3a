"""`connection`: a partner's way into its PSA."""

from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.fields import Fields, SecretFile, content, pairs
from syncline_cli.problem import CommandError, ExitCode


def connection(
    connector: Annotated[str, typer.Argument(help="Such as xero.")] = "xero",
    connection_id: Annotated[str | None, typer.Argument(help="Such as main.")] = None,
    fields: Fields = None,
    secret_file: SecretFile = None,
    check: Annotated[bool, typer.Option("--check", help="Try it on the live PSA now.")] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """List a partner's connections, make or change one, try it; secrets never come back."""
    desk = open_desk(partner, as_json=as_json)
    path = f"{desk.base}/connectors/{segment(connector)}/connections"
    found: list[Json] = desk.client.get(path)["connections"]
    if connection_id is None:
        _show_connections(desk, found)
        return ExitCode.DONE
    there = next((one for one in found if one["connection_id"] == connection_id), None)
    place = f"{path}/{segment(connection_id)}"
    if fields or secret_file or there is None:
        form = {**(there["form"] if there else {}), **pairs(fields)}
        form |= _secrets(desk, connector, secret_file, is_new=there is None)
        there = desk.client.put(place, {"form": form}, version=version_of(there))
    if check:
        there = desk.client.post(f"{place}/check")
    _show_connections(desk, [there])
    is_bad = there["status"] in ("reauth_required", "failing")
    return ExitCode.NEEDS_ATTENTION if is_bad else ExitCode.DONE


def _secrets(
    desk: Desk, connector: str, files: list[str] | None, *, is_new: bool
) -> dict[str, str]:
    """Secrets of the form: from files, and asked for where one is needed and not given."""
    given = {name: content(file) for name, file in pairs(files).items()}
    form = next(
        (
            one["connection_form"]
            for one in desk.client.get("/v1/connectors")["connectors"]
            if one["name"] == connector
        ),
        None,
    )
    if form is None:
        raise CommandError(f"No connector {connector!r} runs.", ExitCode.NOT_FOUND)
    for name, field in form["properties"].items():
        is_wanted = is_new and name in form["required"] and name not in given
        if field.get("writeOnly") and is_wanted:
            given[name] = _ask(field["title"], f"--secret-file {name}=FILE")
    return given


def _ask(title: str, instead: str) -> str:
    try:
        return str(typer.prompt(title, hide_input=True, err=True))
    except typer.Abort:
        raise CommandError(
            f"{title} is needed: type it, or say {instead}.", ExitCode.USAGE
        ) from None


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
                ", ".join(f"{name}={value}" for name, value in one["form"].items()),
            )
            for one in connections
        ],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(connection)
