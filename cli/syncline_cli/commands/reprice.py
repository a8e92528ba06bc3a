"""`reprice`: what is in the PSA takes the newest prices; nothing is written by it."""

from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.commands.invoices import Invoice
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import counted, money
from syncline_cli.problem import CommandError, ExitCode

Reason = Annotated[str | None, typer.Option("--reason", "-r", help="Why; it stands in the audit.")]


def reprice(
    invoice: Invoice,
    reason: Reason = None,
    tenant: Annotated[
        list[str] | None,
        typer.Option("--tenant", "-t", help="Only this one; id or name; may be repeated."),
    ] = None,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Have what is synced take the newest prices; without --reason, only say what would change.

    `syncline sync` then shows the updates, and writes them once they are agreed to.
    """
    desk = open_desk(partner, as_json=as_json)
    found = desk.invoice(invoice)
    path = desk.path_of(found)
    ids = None
    if tenant:
        rows = desk.client.get(path)["tenants"]
        ids = [desk.tenant(rows, name)["tenant_id"] for name in tenant]
    if reason is None:
        return _preview(desk, found, ids)
    if not reason.strip():
        raise CommandError("Say why: it stands in the audit.", ExitCode.USAGE)
    body: Json = {"reason": reason} if ids is None else {"reason": reason, "tenant_ids": ids}
    answer = desk.client.post(f"{path}/reprice", body)
    if as_json:
        desk.output.json(answer)
    for one in answer["skipped"]:
        desk.output.say(f"{one['tenant_name'] or one['tenant_id']} left out: {one['why']}")
    desk.output.say(f"{counted(len(answer['requested']), 'tenant')} priced again.")
    if answer["requested"]:
        desk.output.say(f"`syncline plan {invoice}` shows the updates.")
    return ExitCode.DONE


def _preview(desk: Desk, invoice: Json, ids: list[str] | None) -> int:
    """Where the PSA has older prices; 4 while it has."""
    key = invoice["invoice_key"]
    answer = desk.client.get(f"{desk.base}/price-preview", invoice_key=key)
    (found,) = answer["invoices"]
    rows = [
        row
        for row in found["tenants"]
        if row["is_synced"] and (ids is None or row["tenant_id"] in ids)
    ]
    if desk.output.as_json:
        desk.output.json({**found, "tenants": rows})
    elif not rows:
        desk.output.say("The PSA has the newest prices.")
    else:
        desk.output.table(
            f"In the PSA at older prices, {found['currency']} before tax",
            ("=Tenant", ">Charges that change", ">Sell", ">With the prices of now"),
            [
                (
                    (row["tenant_name"], row["tenant_id"]),
                    str(row["effect"]["charges"]),
                    money(row["effect"]["sell"]),
                    money(row["effect"]["sell_after"]),
                )
                for row in rows
            ],
        )
        desk.output.say("--reason WHY has them take the prices of now.")
    return ExitCode.NEEDS_ATTENTION if rows else ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reprice)
