"""`breakdown`: lines behind a tenant's charges, summed up or as a file; `usage`: daily usage."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.commands.invoices import Invoice
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import exact
from syncline_cli.problem import CommandError, ExitCode


class By(StrEnum):
    """What lines have in common."""

    ITEM = "vendor_item"
    SUBSCRIPTION = "subscription"
    RESOURCE_GROUP = "resource_group"
    METER = "meter"
    DAY = "day"


class Kind(StrEnum):
    """Kind of file."""

    CSV = "csv"
    XLSX = "xlsx"


_KINDS = {f".{kind.value}": kind for kind in Kind}


def breakdown(
    invoice: Invoice,
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="Id, name, or a part of the name.")],
    by: Annotated[By, typer.Option(help="Sums by this.")] = By.SUBSCRIPTION,
    item: Annotated[str | None, typer.Option(help="Only lines of this vendor item.")] = None,
    text: Annotated[str, typer.Option(help="Only lines with this in a name or id.")] = "",
    export: Annotated[
        Path | None,
        typer.Option("--export", "-o", help="All of the lines into this file, .csv or .xlsx."),
    ] = None,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Sums of the lines behind a tenant's charges, or the lines themselves as a file."""
    desk = open_desk(partner, as_json=as_json)
    path = desk.path_of(desk.invoice(invoice))
    row = desk.tenant(desk.client.get(path)["tenants"], tenant)
    place = f"{path}/tenants/{segment(row['tenant_id'])}"
    wanted: Json = {"vendor_item": item, "text": text or None}
    if export is not None:
        return _export(desk, place, export, wanted)
    found = desk.client.get(f"{place}/line-groups", by=by.value, **wanted)
    if as_json:
        desk.output.json(found)
        return ExitCode.DONE
    desk.output.table(
        f"{row['tenant_name']}, invoice {invoice}: {found['lines']:,} lines",
        ("By " + by.value.replace("_", " "), ">Lines", ">Cost", ">Sell"),
        [
            *(_sum(one["label"] or "(not said)", one) for one in found["groups"]),
            _sum("All of them", found),
        ],
    )
    return ExitCode.DONE


def _sum(name: str, one: Json) -> tuple[str, ...]:
    return name, f"{one['lines']:,}", exact(one["cost"]), exact(one["sell"])


def _export(desk: Desk, place: str, file: Path, wanted: Json) -> int:
    kind = _KINDS.get(file.suffix.lower())
    if kind is None:
        raise CommandError("--export takes a file that ends in .csv or .xlsx.", ExitCode.USAGE)
    size = desk.client.download(f"{place}/export", file, format=kind.value, **wanted)
    if desk.output.as_json:
        desk.output.json({"file": str(file), "bytes": size})
    desk.output.say(f"{file}: {size:,} bytes.")
    return ExitCode.DONE


def usage(invoice: Invoice, partner: Partner = None, as_json: AsJson = False) -> int:
    """How the daily usage behind an invoice compares with it. Exit code 4 where it does not tie."""
    desk = open_desk(partner, as_json=as_json)
    found = desk.client.get(f"{desk.path_of(desk.invoice(invoice))}/usage-tie")
    if as_json:
        desk.output.json(found)
    else:
        _show_usage(desk, found)
    return ExitCode.DONE if found["is_tied"] else ExitCode.NEEDS_ATTENTION


def _show_usage(desk: Desk, found: Json) -> None:
    words = "ties" if found["is_tied"] else "DOES NOT TIE"
    desk.output.say(
        f"The daily usage {words} to invoice {found['invoice_no']}, within "
        f"{exact(found['tolerance'])} {found['currency']}."
    )
    if found["gaps"]:
        desk.output.table(
            f"{found['gap_count']:,} differences, the largest first",
            ("=Tenant", "Kind", ">Invoice", ">Usage", ">Difference"),
            [
                (
                    (one["tenant_name"], one["tenant_id"]),
                    one["kind"],
                    *(exact(one[name]) for name in ("billing", "detail", "difference")),
                )
                for one in found["gaps"]
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(breakdown)
    app.command()(usage)
