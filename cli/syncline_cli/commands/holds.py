"""`holds` and `map`: what waits for a person, and the decision that ends the wait."""

from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.output import clean, moment, money, state
from syncline_cli.problem import CommandError, ExitCode
from syncline_cli.waiting import waiting

FIXES = {
    "mapping": "syncline map TENANT --client CLIENT",
    "profile": "syncline profile",
    "partner": "syncline partner",
    "connection": "syncline connection",
    "document": "look at the invoice with its supplier",
}
MOST_CHOICES = 10
NOT_MAPPED = "client_not_mapped"
DECIDED_S = 30.0


def holds(partner: Partner = None, as_json: AsJson = False) -> int:
    """What waits, most money first: why, and what ends the wait. Exit code 4 while there is any."""
    desk = open_desk(partner, as_json=as_json)
    rows = desk.client.get(f"{desk.base}/holds")["rows"]
    if as_json:
        desk.output.json({"rows": rows})
    elif not rows:
        desk.output.say("Nothing waits.")
    else:
        _show(desk, rows)
    waiting = [row for row in rows if row["state"] != "ignored"]
    return ExitCode.NEEDS_ATTENTION if waiting else ExitCode.DONE


def _show(desk: Desk, rows: list[Json]) -> None:
    desk.output.table(
        f"What waits for a person at {desk.partner}",
        (">Cost", "=Invoice", "=Tenant", "=Status", "=Since", "Why", "What to do"),
        [
            (
                money(row["cost"]),
                row["invoice_no"],
                f"{row['tenant_name']}\n{row['tenant_id']}",
                state(row["state"]),
                moment(row["since"]),
                "\n".join(hold["message"] for hold in row["holds"]),
                "\n".join(
                    dict.fromkeys(FIXES.get(hold["fix"], hold["fix"]) for hold in row["holds"])
                ),
            )
            for row in rows
        ],
    )


def map_tenant(
    tenant: Annotated[str, typer.Argument(help="Id, name, or a part of the name.")],
    client: Annotated[
        str | None, typer.Option("--client", "-c", help="Id or name of the client in the PSA.")
    ] = None,
    agreement: Annotated[
        list[str] | None,
        typer.Option("--agreement", help="VENDOR_ITEM=ID of the agreement; may be repeated."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the mapping back.")] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Say which client of the PSA a tenant is; it stays so for next month."""
    desk = open_desk(partner, as_json=as_json)
    if remove == (client is not None):
        raise CommandError("Say either --client or --remove.", ExitCode.USAGE)
    who = _tenant(desk, tenant)
    there = _mapping(desk, who["tenant_id"])
    body: Json = {"client_id": None, "client_name": ""}
    if client is not None:
        chosen = _client(desk, client)
        body = {"client_id": chosen["id"], "client_name": chosen["name"]}
    if agreement:
        body["agreements"] = dict(_pair(one) for one in agreement)
    path = f"{desk.base}/mappings/{segment(who['tenant_id'])}"
    done = desk.client.put(path, body, version=version_of(there))
    if not remove:
        _await_decided(desk, who["tenant_id"])
    if as_json:
        desk.output.json({"tenant_id": who["tenant_id"], **body, **done})
    elif remove:
        desk.output.say(f"{who['tenant_name']} is not mapped any more.")
    else:
        desk.output.say(f"{who['tenant_name']} is {body['client_name']} ({body['client_id']}).")
    return ExitCode.DONE


def _await_decided(desk: Desk, tenant_id: str) -> None:
    """Wait until the hold is gone, so that a script may plan right away."""
    too_long = "It is mapped; the invoices do not show it yet. `syncline holds` tells when they do."
    with waiting(desk.output, "invoices decided anew", DECIDED_S, too_long) as wait:
        while any(
            row["tenant_id"] == tenant_id and hold["code"] == NOT_MAPPED
            for row in desk.client.get(f"{desk.base}/holds")["rows"]
            for hold in row["holds"]
        ):
            wait.pause()


def _tenant(desk: Desk, name: str) -> Json:
    """From what waits, else from what is mapped, else from the newest invoices."""
    rows = list(desk.client.get(f"{desk.base}/holds")["rows"])
    try:
        return desk.tenant(rows, name)
    except CommandError as error:
        if error.code != ExitCode.NOT_FOUND:
            raise
    for invoice in desk.client.get(f"{desk.base}/invoices", limit=12)["invoices"]:
        rows += desk.client.get(desk.path_of(invoice))["tenants"]
    return desk.tenant(rows, name)


def _mapping(desk: Desk, tenant_id: str) -> Json | None:
    """What is stored, with the version that an edit has to name."""
    for one in desk.client.get(f"{desk.base}/mappings")["mappings"]:
        if one["tenant_id"] == tenant_id:
            return dict(one)
    return None


def _client(desk: Desk, name: str) -> Json:
    path = f"{desk.connection_path()}/picks/{segment(desk.pick_list('client'))}"
    items: list[Json] = desk.client.get(path, text=name)["items"]
    exact = [one for one in items if name.casefold() in (one["id"].casefold(), _fold(one))]
    found = exact or items
    if len(found) == 1:
        if found[0]["inactive"]:
            raise CommandError(f"{found[0]['name']} is not active in the PSA.")
        return found[0]
    if not found:
        raise CommandError(f"The PSA has no client {name!r}.", ExitCode.NOT_FOUND)
    choices = "\n".join(
        f"  {one['id']}  {clean(one['name'])}  {clean(one['detail'])}"
        for one in found[:MOST_CHOICES]
    )
    more = f"\n  and {len(found) - MOST_CHOICES} more" if len(found) > MOST_CHOICES else ""
    raise CommandError(f"Several clients may be meant by {name!r}; say the id:\n{choices}{more}")


def _fold(item: Json) -> str:
    return str(item["name"]).casefold()


def _pair(text: str) -> tuple[str, str]:
    item, sign, agreement = text.partition("=")
    if not sign or not item or not agreement:
        raise CommandError(f"--agreement takes VENDOR_ITEM=ID, not {text!r}.", ExitCode.USAGE)
    return item, agreement


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(holds)
    app.command("map")(map_tenant)
