"""`holds` and `ignore`: what waits for a person, and leaving it out with a reason."""

from decimal import Decimal
from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.commands.invoices import Invoice
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.output import Cell, moment, money, state
from syncline_cli.problem import CommandError, ExitCode

_IGNORE = "syncline ignore INVOICE TENANT --reason WHY"
FIXES = {
    "client_not_mapped": "syncline map TENANT --client CLIENT",
    "agreement_not_mapped": "syncline map TENANT --agreement {item}=ID",
    "no_profile_entry": "syncline profile PROFILE --set {item}=PRODUCT:PERCENT",
    "rrp_unknown": "syncline partner {partner} --rrp KIND=cost_plus:PERCENT",
    "currency_mismatch": _IGNORE,
    "negative_total": _IGNORE,
    "sell_below_cost": "syncline profile PROFILE --set {item}=PRODUCT:PERCENT",
    "unusual_rrp": f"look at the lines: syncline show INVOICE -t TENANT --lines; else {_IGNORE}",
    "no_connection": "syncline connection; syncline partner {partner} --set connection_id=ID",
    "tie_out_failed": "syncline show INVOICE -t TENANT --lines, and ask the supplier",
    "unknown_line_kind": "syncline show INVOICE -t TENANT --lines, and ask the supplier",
    "failed": "syncline sync INVOICE -t TENANT",
    "drifted": "syncline plan INVOICE -t TENANT shows what would be put right",
}
WORDS = {"rrp_unknown": "RRP unknown", "no_profile_entry": "no profile entry"}


def holds(partner: Partner = None, as_json: AsJson = False) -> int:
    """What waits, most money first: why, and what ends the wait. Exit code 4 while there is any."""
    desk = open_desk(partner, as_json=as_json)
    rows: list[Json] = desk.client.whole(f"{desk.base}/holds")["rows"]
    waiting = [row for row in rows if row["state"] != "ignored"]
    if as_json:
        desk.output.json({"rows": rows})
    elif not rows:
        desk.output.say("Nothing waits.")
    else:
        _show(desk, rows)
        _show_fixes(desk, waiting)
    return ExitCode.NEEDS_ATTENTION if waiting else ExitCode.DONE


def _show(desk: Desk, rows: list[Json]) -> None:
    desk.output.table(
        f"What waits for a person at {desk.partner}",
        (">Cost", "=Invoice", "=Tenant", "=Status", "=Since", "Why"),
        [
            (
                money(row["cost"]),
                row["invoice_no"],
                (row["tenant_name"], row["tenant_id"]),
                state(row["state"]),
                moment(row["since"]),
                _why(row),
            )
            for row in rows
        ],
    )


def _why(row: Json) -> tuple[str, ...]:
    told = row.get("trouble") or row.get("ignored_reason") or ""
    return tuple(text for text in (told, *(hold["message"] for hold in row["holds"])) if text)


def _show_fixes(desk: Desk, rows: list[Json]) -> None:
    """What to do, once for each reason: the same entry often ends the wait of many."""
    reasons: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        for hold in row["holds"] or [{"code": row["state"]}]:
            amount = Decimal(hold.get("amount") or row["cost"])
            key = (hold["code"], hold.get("vendor_item") or "")
            reasons.setdefault(key, []).append(amount)
    lines: list[tuple[Cell, ...]] = [
        (
            " ".join((WORDS.get(code, code.replace("_", " ")), item)).strip(),
            str(len(amounts)),
            money(str(sum(amounts))),
            FIXES.get(code, "").format(item=item or "ITEM", partner=desk.partner),
        )
        for (code, item), amounts in reasons.items()
    ]
    desk.output.table("What to do", ("Why", ">Tenants", ">At cost", "Command"), lines)


def ignore(
    invoice: Invoice,
    tenant: Annotated[str, typer.Argument(help="Id, name, or a part of the name.")],
    reason: Annotated[
        str | None, typer.Option(help="Why, such as: billed elsewhere already.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back.")] = False,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Leave a tenant out of one invoice, with a reason that stays; --undo takes it back."""
    desk = open_desk(partner, as_json=as_json)
    if undo == (reason is not None):
        raise CommandError("Say either --reason or --undo.", ExitCode.USAGE)
    path = desk.path_of(desk.invoice(invoice))
    row = desk.tenant(desk.client.get(path)["tenants"], tenant)
    place = f"{path}/tenants/{segment(row['tenant_id'])}/ignore"
    done = desk.client.put(place, {"reason": reason}, version=version_of(row))
    if as_json:
        desk.output.json({"tenant_id": row["tenant_id"], "reason": reason, **done})
    words = "is left out of" if reason else "is part again of"
    desk.output.say(f"{row['tenant_name']} {words} invoice {invoice}.")
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(holds)
    app.command()(ignore)
