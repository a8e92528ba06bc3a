"""`invoices` and `show`: the clerk's list, and what is behind an amount."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import exact, money, state
from syncline_cli.problem import ExitCode


class Status(StrEnum):
    """Where an invoice is."""

    DETECTED = "detected"
    READY_TO_SYNC = "ready_to_sync"
    SYNCING = "syncing"
    SYNCED = "synced"
    PARTLY_SYNCED = "partly_synced"
    NEEDS_ATTENTION = "needs_attention"
    FAILED = "failed"
    SUPERSEDED = "superseded"


Invoice = Annotated[str, typer.Argument(help="The supplier's number, or the invoice's key.")]


def invoices(
    partner: Partner = None,
    month: Annotated[str | None, typer.Option(help="Only this month, such as 2026-10.")] = None,
    status: Annotated[
        Status | None, typer.Option(help="Only those of this status.", case_sensitive=False)
    ] = None,
    text: Annotated[str | None, typer.Option(help="Only those with this in their number.")] = None,
    as_json: AsJson = False,
) -> int:
    """The invoices, newest month first, with what is synced and what waits."""
    desk = open_desk(partner, as_json=as_json)
    path = f"{desk.base}/invoices"
    wanted = {"month": month, "status": status.value if status else None, "text": text}
    rows = list(desk.client.pages(path, "invoices", limit=1000, **wanted))
    if as_json:
        desk.output.json({"invoices": rows})
        return ExitCode.DONE
    if not rows and any(wanted.values()):
        desk.output.say("There are no invoices like that.")
        return ExitCode.DONE
    if not rows:
        desk.output.say("There are no invoices yet. `syncline ingest FILE` hands one in.")
        return ExitCode.DONE
    columns = ("Invoice", "Month", "Status", ">Tenants", ">Lines", ">Cost", ">RRP", ">Sell")
    desk.output.table(
        f"Invoices of {desk.partner}, before tax",
        (*columns, ">Waiting, at cost", "Currency"),
        [
            (
                one["invoice_no"],
                one["billing_month"],
                state(one["status"]),
                str(one["tenants"]),
                f"{one['lines']:,}",
                *(money(one[name]) for name in ("cost", "rrp", "sell", "held_cost")),
                one["currency"],
            )
            for one in rows
        ],
    )
    return ExitCode.DONE


def show(
    invoice: Invoice,
    partner: Partner = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", "-t", help="Id, name, or a part of the name.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="The lines, too.")] = False,
    as_json: AsJson = False,
) -> int:
    """An invoice tenant by tenant; one tenant charge by charge, and line by line."""
    desk = open_desk(partner, as_json=as_json)
    path = desk.path_of(desk.invoice(invoice))
    details: Json = desk.client.get(path)
    chosen = details["tenants"]
    if tenant is not None:
        chosen = [desk.tenant(chosen, tenant)]
    elif not lines:
        if as_json:
            desk.output.json(details)
        else:
            _show_invoice(desk, details)
        return ExitCode.DONE
    shown = [_tenant(desk, path, row["tenant_id"], with_lines=lines) for row in chosen]
    if as_json:
        desk.output.json(shown[0] if tenant is not None else {**details, "tenants": shown})
        return ExitCode.DONE
    for one in shown:
        _show_tenant(desk, one, details["invoice"]["currency"])
    return ExitCode.DONE


def _tenant(desk: Desk, path: str, tenant_id: str, *, with_lines: bool) -> Json:
    place = f"{path}/tenants/{segment(tenant_id)}"
    found: Json = desk.client.get(place)
    if with_lines:
        found["lines"] = list(desk.client.pages(f"{place}/lines", "lines", limit=1000))
    return found


def _show_invoice(desk: Desk, details: Json) -> None:
    one = details["invoice"]
    title = f"Invoice {one['invoice_no']}, {one['billing_month']}, {one['currency']} before tax"
    columns = ("=Tenant", ">Lines", ">Cost", ">RRP", ">Sell", "=Status", "In the PSA, or missing")
    desk.output.table(
        title,
        columns,
        [
            (
                (row["tenant_name"], row["tenant_id"]),
                f"{row['lines']:,}",
                *(money(row[name]) for name in ("cost", "rrp", "sell")),
                state(row["state"]),
                _told(row),
            )
            for row in sorted(details["tenants"], key=lambda row: -Decimal(row["cost"]))
        ],
    )
    _show_related(desk, details)
    _show_tie_out(desk, one["tie_out"])


def _show_related(desk: Desk, details: Json) -> None:
    """What a credit note amends, and the credit notes of an invoice."""
    one, amended = details["invoice"], details.get("amended")
    if one.get("amends"):
        where = f"{amended['billing_month']}, {money(amended['cost'])}" if amended else "not here"
        desk.output.say(f"A credit note: it amends invoice {one['amends']} ({where}).")
    for note in details.get("credit_notes", ()):
        desk.output.say(
            f"Amended by credit note {note['invoice_no']}, {note['billing_month']}, "
            f"{money(note['cost'])}."
        )


def what(row: Json) -> str:
    """The record in the PSA, and what is missing, in words."""
    return " ".join(_told(row))


def _told(row: Json) -> tuple[str, ...]:
    records = ", ".join(record["label"] for record in row["records"])
    changed = "Its charges changed since then." if row.get("changed") else ""
    missing = [row["failure"], row["ignored_reason"], *(hold["message"] for hold in row["holds"])]
    looks = [f"Worth a look: {one['message']}" for one in row.get("warnings", ())]
    newer = (row.get("newer_prices") or {}).get("message")
    return tuple(text for text in (records, changed, newer, *missing, *looks) if text)


def _show_tie_out(desk: Desk, ties: Json) -> None:
    hops = (
        ("cost: the document", "document_cost"),
        ("cost: its lines", "lines_cost"),
        ("cost: the charges", "charges_cost"),
        ("sell: the charges, exact", "charges_sell_exact"),
        ("sell: the charges, rounded once", "charges_sell"),
        ("residual of rounding, kept", "residual"),
        ("sell: the plans", "planned"),
        ("sell: the PSA says", "psa"),
    )
    title = "Tie-out: every hop ties" if ties["ties"] else "Tie-out: A HOP DOES NOT TIE"
    rows = [(words, exact(ties[name])) for words, name in hops if ties[name] is not None]
    desk.output.table(title, ("Hop", ">Amount"), rows)


def _show_tenant(desk: Desk, found: Json, currency: str) -> None:
    row = found["row"]
    desk.output.table(
        f"{row['tenant_name']} ({row['tenant_id']}), {currency} before tax",
        ("Vendor item", "Product", ">Lines", ">Cost", ">RRP", ">% off RRP", ">Sell", "Profile"),
        [
            (
                one["vendor_item"],
                one["product_name"] or one["product_id"],
                f"{one['lines']:,}",
                *(money(one[name]) for name in ("cost", "rrp")),
                one["percent"],
                money(one["sell"]),
                one["profile_id"],
            )
            for one in found["charges"]
        ],
    )
    client = f"  {row['client_name']} ({row['client_id']})" if row.get("client_id") else ""
    desk.output.say(f"{state(row['state'])}{client}  {what(row)}")
    for drift in found["drifts"]:
        desk.output.say(f"{drift['label']}: {drift['what']} Off by {exact(drift['off_by'])}.")
    _show_tie_out(desk, found["tie_out"])
    if "lines" in found:
        _show_lines(desk, found["lines"])


def _show_lines(desk: Desk, lines: list[Json]) -> None:
    desk.output.table(
        f"{len(lines):,} lines",
        (">Row", "Kind", "Vendor item", "Description", ">Quantity", ">Cost", ">RRP", ">Sell"),
        [
            (
                str(one.get("row", "")),
                one["kind"],
                one["vendor_item"],
                one.get("description") or one.get("product_name") or "",
                *(exact(one.get(name)) for name in ("quantity", "cost", "rrp", "sell")),
            )
            for one in lines
        ],
    )


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(invoices)
    app.command()(show)
