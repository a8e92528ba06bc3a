"""`map`: which client of the PSA a tenant is; the decision that ends most waits."""

from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.fields import pairs
from syncline_cli.output import Cell
from syncline_cli.problem import CommandError, ExitCode
from syncline_cli.waiting import waiting

MOST_CHOICES = 20
NOT_MAPPED = "client_not_mapped"
DECIDED_S = 30.0


def map_tenant(
    tenant: Annotated[
        str | None, typer.Argument(help="Id, name, or a part of the name; all without it.")
    ] = None,
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
    """Say which client of the PSA a tenant is; it stays so for next month.

    Without a tenant it lists the mappings; without --client the clients that it may be.
    """
    desk = open_desk(partner, as_json=as_json)
    if remove and (client is not None or agreement):
        raise CommandError("--remove goes alone.", ExitCode.USAGE)
    if tenant is None:
        if remove or client is not None or agreement:
            raise CommandError("Say which tenant.", ExitCode.USAGE)
        return _list(desk)
    mappings = {
        one["tenant_id"]: one for one in desk.client.whole(f"{desk.base}/mappings")["mappings"]
    }
    who = _tenant(desk, tenant, mappings)
    there = mappings.get(who["tenant_id"])
    if client is None and not agreement and not remove:
        return _suggest(desk, who, there)
    return _save(desk, who, there, _wanted(desk, there, client, pairs(agreement, "--agreement")))


def _wanted(desk: Desk, there: Json | None, client: str | None, agreements: dict[str, str]) -> Json:
    """The mapping as it shall be: no client takes it back, agreements alone keep the client."""
    body: Json = {"client_id": None, "client_name": ""}
    if client is not None:
        chosen = _client(desk, client)
        body = {"client_id": chosen["id"], "client_name": chosen["name"]}
    elif agreements:
        if there is None or there["client_id"] is None:
            raise CommandError("It has no client yet: say --client as well.", ExitCode.USAGE)
        body = {name: there[name] for name in body}
    if agreements:  # sent whole, so those that were not named have to come along
        same = there is not None and there["client_id"] == body["client_id"]
        stays = there["agreements"] if there is not None and same else {}
        body["agreements"] = {**stays, **agreements}
    return body


def _save(desk: Desk, who: Json, there: Json | None, body: Json) -> int:
    tenant_id = who["tenant_id"]
    path = f"{desk.base}/mappings/{segment(tenant_id)}"
    done = desk.client.put(path, body, version=version_of(there))
    if body["client_id"] is not None:
        _await_decided(desk, tenant_id)
    if desk.output.as_json:
        desk.output.json({"tenant_id": tenant_id, **body, **done})
    elif body["client_id"] is None:
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
            for row in desk.client.whole(f"{desk.base}/holds")["rows"]
            if row["state"] != "ignored"  # whoever is left out stays as it was
            for hold in row["holds"]
        ):
            wait.pause()


def _tenant(desk: Desk, name: str, mappings: dict[str, Json]) -> Json:
    """From what waits and the newest invoices; by its id also one that only a mapping knows."""
    try:
        return desk.any_tenant(name)
    except CommandError as error:
        if error.code == ExitCode.NOT_FOUND and name in mappings:
            return {"tenant_id": name, "tenant_name": name}
        raise


def _search(desk: Desk, text: str) -> list[Json]:
    path = f"{desk.connection_path()}/picks/{segment(desk.pick_list('client'))}"
    found: list[Json] = desk.client.get(path, text=text)["items"]
    return found


def _client(desk: Desk, name: str) -> Json:
    """The one client that is meant. Raises `CommandError`, with the choices where it is not one."""
    items = _search(desk, name)
    exact = [one for one in items if name.casefold() in (one["id"].casefold(), _fold(one))]
    found = exact or items
    if len(found) == 1:
        if found[0]["inactive"]:
            raise CommandError(f"{found[0]['name']} is not active in the PSA.")
        return found[0]
    if not found:
        raise CommandError(
            f"The PSA has no client {name!r}. `syncline map TENANT` lists those that it may be.",
            ExitCode.NOT_FOUND,
        )
    if desk.output.as_json:
        desk.output.json({"choices": found})
    more = (f"and {len(found) - MOST_CHOICES} more",) if len(found) > MOST_CHOICES else ()
    shown = [f"{one['id']}  {one['name']}  {one['detail']}".rstrip() for one in found]
    raise CommandError(
        f"Several clients may be meant by {name!r}. Say the id:",
        choices=(*shown[:MOST_CHOICES], *more),
    )


def _fold(item: Json) -> str:
    return str(item["name"]).casefold()


def _suggest(desk: Desk, who: Json, there: Json | None) -> int:
    """What it is now, and what it may be: clients of a like name, else all."""
    words = who["tenant_name"].split()
    choices = _search(desk, who["tenant_name"]) or (words and _search(desk, words[0]))
    choices = choices or _search(desk, "")
    if desk.output.as_json:
        desk.output.json({"tenant_id": who["tenant_id"], "mapping": there, "choices": choices})
        return ExitCode.DONE
    is_mapped = there is not None and there["client_id"] is not None
    now = f"{there['client_name']} ({there['client_id']})" if there and is_mapped else "nobody yet"
    desk.output.say(f"{who['tenant_name']} ({who['tenant_id']}) is {now}.")
    desk.output.table(
        "It may be",
        ("=Id", "Name", "Detail"),
        [
            (one["id"], one["name"], one["detail"] + (" (not active)" if one["inactive"] else ""))
            for one in choices[:MOST_CHOICES]
        ],
    )
    if len(choices) > MOST_CHOICES:
        desk.output.say(
            f"There are {len(choices) - MOST_CHOICES} more; --client takes a name, too."
        )
    return ExitCode.DONE


def _list(desk: Desk) -> int:
    found = desk.client.whole(f"{desk.base}/mappings")
    mapped = [one for one in found["mappings"] if one["client_id"] is not None]
    if desk.output.as_json:
        desk.output.json(found)
    elif not mapped:
        desk.output.say("No tenant is mapped yet. `syncline holds` tells which wait for it.")
    else:
        rows: list[tuple[Cell, ...]] = [
            (
                one["tenant_id"],
                one["client_name"],
                one["client_id"],
                tuple(f"{item}={key}" for item, key in one["agreements"].items()),
            )
            for one in mapped
        ]
        columns = ("=Tenant", "Client", "=Client id", "Agreements")
        desk.output.table(f"Mappings of {desk.partner}", columns, rows)
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("map")(map_tenant)
