"""`ledger`: what was written into the PSA for an invoice, and for one tenant the very requests."""

import json
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.commands.invoices import Invoice
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import exact, state
from syncline_cli.problem import ExitCode


def ledger(
    invoice: Invoice,
    partner: Partner = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", "-t", help="Of this one, with each request and answer."),
    ] = None,
    connector: Annotated[
        str | None, typer.Option(help="Another connector than the partner's.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Every record that was written for an invoice, and what became of it."""
    desk = open_desk(partner, as_json=as_json)
    path = desk.path_of(desk.invoice(invoice))
    chosen = None
    if tenant is not None:
        chosen = desk.tenant(desk.client.get(path)["tenants"], tenant)["tenant_id"]
    found = desk.client.get(f"{path}/ledger", connector=connector, tenant_id=chosen)
    if as_json:
        desk.output.json(found)
        return ExitCode.DONE
    desk.output.table(
        f"Written for invoice {invoice}",
        ("Tenant", "Record", "=State", ">Amount", "Id in the PSA", "=Last step"),
        [
            (
                row["tenant_id"],
                row["label"],
                state(row["state"]),
                exact(row["amount"]),
                row["ref"] or "",
                row["history"][-1]["at"] if row["history"] else "",
            )
            for row in found["rows"]
        ],
    )
    for row in found["rows"] if chosen is not None else ():
        _tell_steps(desk, row)
    return ExitCode.DONE


def _tell_steps(desk: Desk, row: Json) -> None:
    desk.output.say(f"{row['label']}:")
    for step in row["history"]:
        desk.output.say(f"  {step['at']}  {step['state']}  {step.get('why', '')}".rstrip())
        for name in ("request", "answer"):
            if name in step:
                desk.output.say(f"    {name}: {json.dumps(step[name], ensure_ascii=False)}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ledger)
