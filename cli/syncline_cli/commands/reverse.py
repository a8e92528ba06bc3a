"""`reverse`: take what was written into the PSA out of it again."""

from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.commands.invoices import Invoice, what
from syncline_cli.consent import consent
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import counted, state
from syncline_cli.problem import CommandError, ExitCode
from syncline_cli.waiting import waiting

Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it stands in the audit log.")]


def reverse(
    invoice: Invoice,
    reason: Reason,
    tenant: Annotated[
        list[str] | None,
        typer.Option("--tenant", "-t", help="This one; id or name; may be repeated."),
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All tenants of the invoice.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before.")] = False,
    partner: Partner = None,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for the PSA.", min=1)] = 300,
    as_json: AsJson = False,
) -> int:
    """Take records out of the PSA again; a tenant is then synced anew only when it is named."""
    if bool(tenant) == everyone:
        raise CommandError("Say whose: --tenant once or more often, or --all.", ExitCode.USAGE)
    desk = open_desk(partner, as_json=as_json)
    path = desk.path_of(desk.invoice(invoice))
    rows = desk.client.get(path)["tenants"]
    body: Json = {"reason": reason}
    if tenant:
        body["tenant_ids"] = [desk.tenant(rows, name)["tenant_id"] for name in tenant]
    if not yes:
        some = "all tenants" if everyone else counted(len(body["tenant_ids"]), "tenant")
        consent(desk, f"Take the records of {some} out of the PSA?")
    asked = desk.client.post(f"{path}/reversals", body)
    found = _await_rest(desk, path, set(asked["requested"]), timeout)
    return _tell(desk, asked, found)


def _await_rest(desk: Desk, path: str, asked: set[str], timeout_s: float) -> list[Json]:
    too_long = "The PSA takes its time; it goes on. `syncline show` tells how far it is."
    with waiting(desk.output, "tenants reversed", timeout_s, too_long) as wait:
        while asked:
            rows = desk.client.get(path)["tenants"]
            mine: list[Json] = [row for row in rows if row["tenant_id"] in asked]
            moving = [row for row in mine if row["state"] == "syncing"]
            wait.tell(len(mine) - len(moving), len(mine))
            if not moving:
                return mine
            wait.pause()
    return []


def _tell(desk: Desk, asked: Json, rows: list[Json]) -> int:
    failed = [row for row in rows if row["state"] == "failed"]
    if desk.output.as_json:
        desk.output.json({**asked, "tenants": rows})
    else:
        for one in asked["skipped"]:
            desk.output.say(f"{one['tenant_name'] or one['tenant_id']} left out: {one['why']}")
        for row in failed:
            desk.output.say(f"{row['tenant_name']}, {state(row['state'])}: {what(row)}")
        for row in rows:
            for one in row["offsets"]:
                desk.output.say(
                    f"{row['tenant_name']}: billed already, so {one['label']} over "
                    f"{one['amount']} takes it back."
                )
        desk.output.say(f"{counted(len(rows) - len(failed), 'tenant')} reversed.")
    return ExitCode.NEEDS_ATTENTION if failed else ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reverse)
