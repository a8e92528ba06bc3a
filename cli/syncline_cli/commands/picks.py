"""`pick`: search clients, agreements and products in the live PSA."""

from enum import StrEnum
from typing import Annotated

import typer

from syncline_cli.client import segment
from syncline_cli.desk import AsJson, Partner, open_desk
from syncline_cli.problem import ExitCode


class Thing(StrEnum):
    """What is looked for; each PSA has its own word for it."""

    CLIENT = "client"
    AGREEMENT = "agreement"
    PRODUCT = "product"


def pick(
    thing: Annotated[Thing, typer.Argument(help="What to look for.")],
    text: Annotated[
        str, typer.Argument(help="A part of its name; of an agreement, its client's name.")
    ] = "",
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Search the partner's PSA for what `map` and `profile` take an id of."""
    desk = open_desk(partner, as_json=as_json)
    name = segment(desk.pick_list(thing.value))
    found = desk.client.get(f"{desk.connection_path()}/picks/{name}", text=text)
    if as_json:
        desk.output.json(found)
    elif not found["items"]:
        desk.output.say(f"The PSA has no {thing.value} of this name.")
    else:
        desk.output.table(
            f"In the PSA of {desk.partner}",
            ("=Id", "Name", "Detail"),
            [
                (
                    one["id"],
                    one["name"],
                    one["detail"] + (" (not active)" if one["inactive"] else ""),
                )
                for one in found["items"]
            ],
        )
    return ExitCode.DONE if found["items"] else ExitCode.NOT_FOUND


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(pick)
