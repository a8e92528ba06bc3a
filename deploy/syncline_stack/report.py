"""What the demo shows at its end: a row per tenant, the tie-out, one line, one JSON file."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from syncline_stack.proof import Proof
from syncline_stack.road import IN_XERO

STATUS = {"verified": "synced", "nothing_to_bill": "nothing to bill"}
"""Read back as well: whatever is only written would not pass the tie-out."""


def figures(proof: Proof, second_sync_writes: int) -> dict[str, Any]:
    """The figures of the last line, in its order; amounts are exact."""
    return {
        "tenants": len(proof.tenants),
        "synced": proof.synced,
        "held": proof.count()["held"],
        "lines": int(proof.total("lines")),
        **{name: str(proof.total(name)) for name in ("cost", "rrp", "sell", "residual")},
        "second_sync_writes": second_sync_writes,
    }


def last_line(found: dict[str, Any]) -> str:
    """What a script reads."""
    return "demo: ok " + " ".join(f"{name}={value}" for name, value in found.items())


def write_json(file: Path, proof: Proof, found: dict[str, Any], seconds: float) -> None:
    """The same figures, per tenant and per hop too."""
    result = {
        **found,
        "seconds": round(seconds, 1),
        "per_tenant": proof.tenants,
        "tie_out": [
            {"hop": what, "left": str(left), "right": str(right)}
            for what, left, right in proof.hops
        ],
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def show(proof: Proof, console: Console) -> None:
    """Print both tables."""
    for number in dict.fromkeys(one["invoice"] for one in proof.tenants):
        console.print()
        console.print(_tenants(proof, number))
    console.print()
    console.print(_tie_out(proof))
    console.print()


def _tenants(proof: Proof, number: str) -> Table:
    table = _table(f"Invoice {number}, AUD before tax")
    table.add_column("Tenant", max_width=44, overflow="fold")
    for name in ("Lines", "Cost", "RRP", "Sell"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Xero number, or why not", no_wrap=True)
    mine = [one for one in proof.tenants if one["invoice"] == number]
    for one in sorted(mine, key=lambda one: -Decimal(one["cost"])):
        state, is_in = str(one["status"]), one["status"] in IN_XERO
        table.add_row(
            Text(one["tenant"]),
            str(one["lines"]),
            *(_cents(one[name]) for name in ("cost", "rrp", "sell")),
            Text(STATUS.get(state, state), "green" if is_in else "yellow"),
            Text(one["xero_number"] or ", ".join(one["holds"]).replace("_", " ")),
        )
    return table


def _tie_out(proof: Proof) -> Table:
    table = _table("Tie-out")
    table.add_column("Both sides are equal")
    for side in ("Left", "Right"):
        table.add_column(side, justify="right", no_wrap=True)
    for what, left, right in proof.hops:
        table.add_row(what, str(left), str(right))
    table.add_row("residual: sell exact less sell billed", str(proof.total("residual")), "")
    return table


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def _cents(amount: str | None) -> str:
    return "" if amount is None else f"{Decimal(amount):,.2f}"
