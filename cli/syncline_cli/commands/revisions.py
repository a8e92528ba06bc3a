"""`compare`: what a revision of an invoice changed, tenant by tenant and line by line."""

from typing import Annotated

import typer
from rich.text import Text

from syncline_cli.client import Json
from syncline_cli.commands.invoices import Invoice
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import exact, money
from syncline_cli.problem import ExitCode

MOST_SHOWN = 200
"""Lines in the table; `--json` has all that are kept."""
PAGE = 1000
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}
_COLUMNS = ("=What", "=Tenant", "Line", ">Row", ">Before", ">After", ">Difference", "What differs")


def compare(
    invoice: Invoice,
    revision: Annotated[
        int | None, typer.Option("--revision", "-r", help="Else the newest.", min=1)
    ] = None,
    partner: Partner = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", "-t", help="Id, name, or a part of the name.")
    ] = None,
    usage: Annotated[
        bool, typer.Option("--usage", help="Of the daily usage behind the invoice.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """What a revision changed against the one before it, largest difference in cost first."""
    desk = open_desk(partner, as_json=as_json)
    path = desk.path_of(desk.invoice(invoice))
    wished = {"revision": revision, "role": "detail" if usage else None}
    tenant_id = _tenant(desk, path, wished, tenant) if tenant is not None else None
    found, shown = _compared(desk, path, {**wished, "tenant_id": tenant_id}, all_lines=as_json)
    if as_json:
        desk.output.json({**found, "lines": shown, "next_cursor": None})
        return ExitCode.DONE
    _show(desk, found, shown, tenant_id)
    return ExitCode.DONE


def _tenant(desk: Desk, path: str, wished: Json, name: str) -> str:
    """Id of a tenant of the invoice as it is or as it was."""
    differing = desk.client.get(f"{path}/comparison", limit=1, **wished)["summary"]["tenants"]
    rows = [{**row, "cost": row["cost_after"]} for row in differing]
    return str(desk.tenant([*rows, *desk.client.get(path)["tenants"]], name)["tenant_id"])


def _compared(desk: Desk, path: str, wished: Json, *, all_lines: bool) -> tuple[Json, list[Json]]:
    """The comparison, and its lines: every one of them, or those that a table shows."""
    limit = PAGE if all_lines else MOST_SHOWN
    place = f"{path}/comparison"
    page: Json = desk.client.get(place, limit=limit, **wished)
    first, lines = page, list(page["lines"])
    while all_lines and page["next_cursor"] is not None:
        page = desk.client.get(place, limit=limit, cursor=page["next_cursor"], **wished)
        lines += page["lines"]
    return first, lines


def _show(desk: Desk, found: Json, lines: list[Json], tenant_id: str | None) -> None:
    one = found["summary"]
    desk.output.say(
        f"Invoice {one['invoice_no']}, revision {one['revision']} against "
        f"{one['previous_revision']}: {one['added']:,} added, {one['removed']:,} removed, "
        f"{one['changed']:,} changed, {one['unchanged']:,} unchanged lines; cost "
        f"{money(one['previous_cost'])} {one['previous_currency']} before, "
        f"{money(one['cost'])} {one['currency']} after."
    )
    if not one["tenants_changed"]:
        desk.output.say("No line differs.")
        return
    chosen = [row for row in one["tenants"] if tenant_id in (None, row["tenant_id"])]
    if chosen:
        _show_tenants(desk, chosen)
    unshown = one["tenants_changed"] - len(one["tenants"])
    if unshown and tenant_id is None:
        desk.output.say(f"{unshown:,} more tenants differ by less.")
    if one["tenants_unchanged"] and tenant_id is None:
        desk.output.say(f"{one['tenants_unchanged']:,} tenants are as they were.")
    if lines:
        _show_lines(desk, lines)
    elif tenant_id is not None and not chosen:
        desk.output.say("No line of this tenant differs.")
    if found["next_cursor"] is not None or found["lines_left_out"]:
        desk.output.say("There are more lines; `--tenant` shows those of one, `--json` all kept.")


def _show_tenants(desk: Desk, rows: list[Json]) -> None:
    desk.output.table(
        "Tenants that differ",
        ("=Tenant", ">Added", ">Removed", ">Changed", ">Cost before", ">Cost after"),
        [
            (
                (row["tenant_name"], row["tenant_id"]),
                *(f"{row[name]:,}" for name in ("added", "removed", "changed")),
                *(money(row[name]) for name in ("cost_before", "cost_after")),
            )
            for row in rows
        ],
    )


def _show_lines(desk: Desk, lines: list[Json]) -> None:
    desk.output.table(
        f"Lines that differ, the largest {len(lines):,}",
        _COLUMNS,
        [
            (
                Text(one["what"], _COLOURS.get(one["what"], "")),
                one["tenant_name"],
                (one["vendor_item"], one["description"]),
                _rows(one),
                *(exact(one[name]) for name in ("cost_before", "cost_after", "difference")),
                tuple(map(_change, one["fields"])),
            )
            for one in lines
        ],
    )


def _rows(one: Json) -> str:
    """Row numbers in the two documents."""
    before, after = one["row_before"], one["row_after"]
    if before is None or after is None:
        return str(after if before is None else before)
    return f"{before} > {after}"


def _change(one: Json) -> str:
    before, after = (
        value if value is not None else "nothing" for value in (one["before"], one["after"])
    )
    return f"{one['field'].replace('_', ' ')}: {before} > {after}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)
