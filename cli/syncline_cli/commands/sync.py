"""`plan` and `sync`: what would be written into the PSA, and writing exactly that."""

from collections import Counter
from decimal import Decimal
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.commands.invoices import Invoice, what
from syncline_cli.consent import consent
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import Cell, counted, exact, money, state
from syncline_cli.problem import ExitCode
from syncline_cli.waiting import waiting

MOVING = ("approved", "syncing", "synced")
"""Synced and not read back yet is still on its way."""
NOBODY_NEEDED = ("ignored", "nothing_to_bill", "superseded", "approved", "syncing", "reversed")
"""Left out of a plan, and no person has to do anything about it."""
Tenants = Annotated[
    list[str] | None,
    typer.Option("--tenant", "-t", help="Only this one; id or name; may be repeated."),
]
Patience = Annotated[int, typer.Option(help="Seconds to wait for the PSA.", min=1)]


def plan(
    invoice: Invoice,
    tenant: Tenants = None,
    partner: Partner = None,
    timeout: Patience = 300,
    as_json: AsJson = False,
) -> int:
    """What would be written, worked out over the live PSA. Nothing is written."""
    desk = open_desk(partner, as_json=as_json)
    found = _plan(desk, desk.path_of(desk.invoice(invoice)), tenant, timeout)
    if as_json:
        desk.output.json(found)
    else:
        _show(desk, found)
    return ExitCode.NEEDS_ATTENTION if _unplanned(found) else ExitCode.DONE


def sync(
    invoice: Invoice,
    tenant: Tenants = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    partner: Partner = None,
    timeout: Patience = 900,
    as_json: AsJson = False,
) -> int:
    """Sync Now: plan, show, confirm, write, read back. What is in the PSA already is not repeated.

    Without a terminal, or with --json, it writes only where --yes says so.
    """
    desk = open_desk(partner, as_json=as_json)
    path = desk.path_of(desk.invoice(invoice))
    found = _plan(desk, path, tenant, timeout)
    if not as_json:
        _show(desk, found)
    approvals = [
        {"tenant_id": row["tenant_id"], "plan_hash": row["plan"]["plan_hash"]}
        for row in found["rows"]
        if row["plan"]
    ]
    writes = _writes(found)
    if writes and not yes:
        consent(desk, f"Write {counted(writes, 'record')} into the PSA?")
    approved: Json = {"approved": [], "nothing_to_write": [], "refused": []}
    if approvals:
        approved = desk.client.post(f"{path}/approvals", {"approvals": approvals})
    try:
        details = _await_rest(desk, path, set(approved["approved"]), timeout)
    except KeyboardInterrupt:
        desk.output.remark(
            f"The sync of {counted(len(approved['approved']), 'tenant')} goes on without this "
            f"command. `syncline show {invoice}` tells how far it is."
        )
        raise
    return _tell(desk, found, approved, details)


def _plan(desk: Desk, path: str, names: list[str] | None, timeout_s: float) -> Json:
    """Have plans made and wait for them."""
    body: Json = {}
    if names:
        rows = desk.client.get(path)["tenants"]
        body = {"tenant_ids": [desk.tenant(rows, name)["tenant_id"] for name in names]}
    asked = desk.client.post(f"{path}/plans", body)
    total, rows = len(asked["requested"]), list[Json]()
    too_long = "The plans were not made in time. Ask again later."
    with waiting(desk.output, "plans made", timeout_s, too_long) as wait:
        while total:
            made = desk.client.get(f"{path}/plans/{asked['request_id']}")
            rows = made["rows"]
            wait.tell(total - made["pending"], total)
            if not made["pending"]:
                break
            wait.pause()
    return {"request_id": asked["request_id"], "rows": rows, "skipped": asked["skipped"]}


def _await_rest(desk: Desk, path: str, approved: set[str], timeout_s: float) -> Json:
    """Wait until everything approved is read back from the PSA, or says why not."""
    if not approved:
        return dict(desk.client.get(path))
    too_long = "The PSA takes its time; the sync goes on. `syncline show` tells how far it is."
    with waiting(desk.output, "tenants synced", timeout_s, too_long) as wait:
        while True:
            details: Json = desk.client.get(path)
            mine = [row for row in details["tenants"] if row["tenant_id"] in approved]
            moving = [row for row in mine if row["state"] in MOVING]
            wait.tell(len(mine) - len(moving), len(mine))
            if not moving:
                return details
            wait.pause()


def _writes(found: Json) -> int:
    return sum(
        write["action"] != "unchanged"
        for row in found["rows"]
        if row["plan"]
        for write in row["plan"]["writes"]
    )


def _unplanned(found: Json) -> bool:
    waiting = [one for one in found["skipped"] if one["state"] not in NOBODY_NEEDED]
    return bool(waiting or [row for row in found["rows"] if not row["plan"]])


def _show(desk: Desk, found: Json) -> None:
    rows: list[tuple[Cell, ...]] = []
    total = Decimal(0)
    names = Counter(one["tenant_name"] for one in (*found["rows"], *found["skipped"]))
    for row in found["rows"]:
        who = _who(row, names)
        if row["plan"] is None:
            rows.append((who, "no plan", "", "", row["failure"] or ""))
            continue
        for write in row["plan"]["writes"]:
            before = write["amount_before"]
            rows.append(
                (
                    who,
                    write["action"],
                    money(before),
                    money(write["amount"]),
                    write["label"],
                )
            )
        total += Decimal(row["plan"]["total"])
    rows += [(_who(one, names), "left out", "", "", one["why"]) for one in found["skipped"]]
    columns = ("Tenant", "Action", ">Before", ">After", "Record, or why not")
    desk.output.table(
        f"Plan: {counted(_writes(found), 'write')}, {exact(str(total))} before tax", columns, rows
    )
    for row in found["rows"]:
        if row["plan"] and row["plan"].get("newer_prices"):
            desk.output.say(f"{row['tenant_name']}: {row['plan']['newer_prices']['message']}")


def _who(row: Json, names: Counter[str]) -> Cell:
    """The name; where another tenant has it as well, the id, too."""
    name = str(row["tenant_name"])
    return (name, str(row["tenant_id"])) if names[name] > 1 else name


def _tell(desk: Desk, found: Json, approved: Json, details: Json) -> int:
    ids = {row["tenant_id"] for row in found["rows"]}
    rows = [row for row in details["tenants"] if row["tenant_id"] in ids]
    bad = [row for row in rows if row["state"] in ("failed", "drifted")]
    if desk.output.as_json:
        desk.output.json({"plan": found, **approved, "tenants": rows})
    else:
        for one in approved["refused"]:
            desk.output.say(f"{one['tenant_name']} was refused: {one['why']}")
        for row in bad:
            desk.output.say(f"{row['tenant_name']}, {state(row['state'])}: {what(row)}")
        desk.output.say(_summary(approved, rows))
    needs = bool(bad or approved["refused"] or _unplanned(found))
    return ExitCode.NEEDS_ATTENTION if needs else ExitCode.DONE


def _summary(approved: Json, rows: list[Json]) -> str:
    """Only what was read back counts as synced; what had no plan or failed does not."""
    agreed, idle = set(approved["approved"]), len(approved["nothing_to_write"])
    done = sum(row["tenant_id"] in agreed and row["state"] == "verified" for row in rows)
    told = [f"{counted(done, 'tenant')} synced and read back"] if agreed else []
    if idle:
        told.append(f"{counted(idle, 'tenant')} in the PSA already, nothing written")
    return f"{'; '.join(told) or 'Nothing was written'}."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(plan)
    app.command()(sync)
