"""`propose`: which client each unmapped tenant probably is, and mapping those that are sure."""

from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import Cell
from syncline_cli.problem import ExitCode


def propose(
    invoice: Annotated[str, typer.Argument(help="Number or key of the invoice.")],
    accept: Annotated[
        bool, typer.Option("--accept", help="Map the sure ones: nothing speaks against them.")
    ] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Look in the live PSA for the clients of an invoice's unmapped tenants.

    Nothing is mapped without --accept.
    """
    desk = open_desk(partner, as_json=as_json)
    found = desk.client.get(f"{desk.path_of(desk.invoice(invoice))}/proposals")
    mapped = [one for one in found["proposals"] if accept and one["sure"]]
    if mapped:
        _map(desk, mapped)
    if as_json:
        desk.output.json({**found, "mapped": [one["tenant_id"] for one in mapped]})
        return ExitCode.DONE
    desk.output.table(
        f"{len(found['proposals'])} of {found['unmapped']} unmapped tenants have a proposal",
        ("Tenant", "Client", "Score", "Why", "But"),
        [_row(one) for one in found["proposals"]],
    )
    if accept:
        desk.output.say(f"{len(mapped)} mapped; they stay so for next month.")
    return ExitCode.DONE


def _map(desk: Desk, chosen: list[Json]) -> None:
    known = desk.client.whole(f"{desk.base}/mappings")["mappings"]
    versions = {one["tenant_id"]: one["version"] for one in known}
    for one in chosen:
        body = {"client_id": one["client_id"], "client_name": one["client_name"]}
        path = f"{desk.base}/mappings/{segment(one['tenant_id'])}"
        desk.client.put(path, body, version=versions.get(one["tenant_id"]))


def _row(one: Json) -> tuple[Cell, ...]:
    return (
        one["tenant_name"],
        one["client_name"],
        f"{one['score']} %",
        one["reason"],
        one["caution"],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(propose)
