"""What the demo shows at its end: a row per tenant, the tie-out, one line, one JSON file."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from syncline_stack.proof import Proof
from syncline_stack.road import IN_PSA

STATUS = {"verified": "synced", "nothing_to_bill": "nothing to bill"}
"""Read back as well: whatever is only written would not pass the tie-out."""


MOST_S = 60.0
"""What the whole demo may take; it says so itself where it took longer."""


def figures(proofs: Mapping[str, Proof], second_sync_writes: int) -> dict[str, Any]:
    """The figures of the last line, of all partners, in its order; amounts are exact."""
    every = proofs.values()
    amounts = ("cost", "rrp", "sell", "residual")
    return {
        "partners": len(proofs),
        "tenants": sum(len(proof.tenants) for proof in every),
        "synced": sum(proof.synced for proof in every),
        "held": sum(proof.count()["held"] for proof in every),
        "records": sum(proof.records for proof in every),
        "lines": sum(int(proof.total("lines")) for proof in every),
        **{name: str(sum(proof.total(name) for proof in every)) for name in amounts},
        "second_sync_writes": second_sync_writes,
    }


def is_in_time(seconds: float) -> bool:
    """Whether the demo kept its promise, by the figure that it shows."""
    return round(seconds, 1) <= MOST_S


def time_taken(seconds: float) -> Text:
    """In words, and red where it is more than was promised."""
    words = f"{seconds:.1f} s of the {MOST_S:.0f} s promised"
    return Text(words) if is_in_time(seconds) else Text(f"{words}: TOO SLOW", "bold red")


def last_line(found: dict[str, Any]) -> str:
    """What a script reads."""
    return "demo: ok " + " ".join(f"{name}={value}" for name, value in found.items())


def write_json(
    file: Path, proofs: Mapping[str, Proof], found: dict[str, Any], seconds: float
) -> None:
    """The same figures, per tenant and per hop too."""
    result = {
        **found,
        "seconds": round(seconds, 1),
        "most_seconds": MOST_S,
        "in_time": is_in_time(seconds),
        "per_tenant": [
            {"partner": name, **tenant}
            for name, proof in proofs.items()
            for tenant in proof.tenants
        ],
        "tie_out": [
            {"partner": name, "hop": what, "left": str(left), "right": str(right)}
            for name, proof in proofs.items()
            for what, left, right in proof.hops
        ],
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def show(partner: str, proof: Proof, console: Console) -> None:
    """Print both tables of a partner."""
    for number in dict.fromkeys(one["invoice"] for one in proof.tenants):
        console.print()
        console.print(_tenants(partner, proof, number))
    console.print()
    console.print(_tie_out(partner, proof))
    console.print()


def _tenants(partner: str, proof: Proof, number: str) -> Table:
    table = _table(f"{partner}: invoice {number}, AUD before tax")
    table.add_column("Tenant", max_width=34, overflow="fold")
    for name in ("Lines", "Cost", "RRP", "Sell"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("In the PSA, or why not", max_width=42, overflow="fold")
    mine = [one for one in proof.tenants if one["invoice"] == number]
    for one in sorted(mine, key=lambda one: -Decimal(one["cost"])):
        state, is_in = str(one["status"]), one["status"] in IN_PSA
        table.add_row(
            Text(one["tenant"]),
            str(one["lines"]),
            *(_cents(one[name]) for name in ("cost", "rrp", "sell")),
            Text(STATUS.get(state, state), "green" if is_in else "yellow"),
            Text(_records(one["records"]) or _holds(one["holds"])),
        )
    return table


def _records(labels: list[str]) -> str:
    more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
    return labels[0] + more if labels else ""


def _holds(codes: list[str]) -> str:
    return ", ".join(dict.fromkeys(codes)).replace("_", " ")


def _tie_out(partner: str, proof: Proof) -> Table:
    table = _table(f"{partner}: tie-out")
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
