"""`partner`: the register of partners."""

from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Desk, open_desk, version_of
from syncline_cli.fields import Fields, pairs
from syncline_cli.problem import CommandError, ExitCode

_PLAIN = ("name", "currency", "time_zone", "connector", "connection_id")


def partner(
    partner_id: Annotated[str | None, typer.Argument(help="Lower-case letters, digits, -.")] = None,
    fields: Fields = None,
    as_json: AsJson = False,
) -> int:
    """List the partners, show one, or make or change it: --set name=.. --set currency=AUD."""
    desk = open_desk(partner_id, as_json=as_json)
    known = desk.client.get("/v1/partners")["partners"]
    if partner_id is None:
        if fields:
            raise CommandError("Say which partner.", ExitCode.USAGE)
        _show_partners(desk, known)
        return ExitCode.DONE
    there = next((one for one in known if one["partner_id"] == partner_id), None)
    if fields:
        settings = dict(there["settings"]) if there else {}
        for name, value in pairs(fields).items():
            if name not in _PLAIN:
                raise CommandError(
                    f"{name!r} is not set here; these are: {', '.join(_PLAIN)}.", ExitCode.USAGE
                )
            settings[name] = value or None
        desk.client.put(desk.base, settings, version=version_of(there))
        there = desk.register()
    if there is None:
        raise CommandError(
            f"There is no partner {partner_id!r}. --set name=... --set currency=... makes it.",
            ExitCode.NOT_FOUND,
        )
    _show_partners(desk, [there])
    return ExitCode.DONE


def _show_partners(desk: Desk, partners: list[Json]) -> None:
    if desk.output.as_json:
        desk.output.json({"partners": partners})
        return
    desk.output.table(
        "Partners",
        ("Id", "Name", "Currency", "Time zone", "Connector", "Connection"),
        [
            (
                one["partner_id"],
                *(one["settings"][name] or "none" for name in _PLAIN),
            )
            for one in partners
        ],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(partner)
