"""What the demo shows at its end: a table per tenant, the tie-out, one line, one JSON file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from syncline_stack.expected import add
from syncline_stack.tie_out import Billed, Hops

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that the demo found out."""

    rows: tuple[Billed, ...]
    hops: tuple[Hops, ...]
    second_sync_writes: int
    xero_calls: int

    @property
    def synced(self) -> int:
        """Tenants that are in Xero and were read back."""
        return sum(row.state == "verified" for row in self.rows)

    @property
    def held(self) -> int:
        """Tenants that wait for a person."""
        return sum(row.state == "held" for row in self.rows)

    def figures(self) -> dict[str, int | str]:
        """The figures of the last line; amounts are exact, over all tenants of all invoices."""
        return {
            "tenants": len(self.rows),
            "synced": self.synced,
            "held": self.held,
            "lines": sum(row.lines for row in self.rows),
            "cost": text(add(row.cost for row in self.rows)),
            "rrp": text(add(row.rrp for row in self.rows)),
            "sell": text(add(row.sell for row in self.rows)),
            "residual": text(add(row.residual for row in self.rows)),
            "second_sync_writes": self.second_sync_writes,
        }

    def last_line(self) -> str:
        """What a script reads."""
        return "demo: ok " + " ".join(f"{name}={value}" for name, value in self.figures().items())


def text(value: Decimal) -> str:
    """An exact amount, without exponent."""
    return format(value, "f")


def write_json(outcome: Outcome, file: Path, steps: list[dict[str, object]]) -> None:
    """Write the figures, per tenant and per invoice too; amounts are strings."""
    content = {
        **outcome.figures(),
        "xero_calls": outcome.xero_calls,
        "invoices": [_plain(asdict(hops)) for hops in outcome.hops],
        "per_tenant": [_plain(asdict(row)) for row in outcome.rows],
        "steps": steps,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def show(outcome: Outcome, console: Console) -> None:
    """Print the tables."""
    for hops in outcome.hops:
        rows = [row for row in outcome.rows if row.invoice_no == hops.invoice_no]
        console.print(_tenants(hops, rows))
    console.print(_tie_out(outcome.hops))


def _tenants(hops: Hops, rows: Sequence[Billed]) -> Table:
    table = Table(title=f"\nInvoice {hops.invoice_no}, AUD", title_justify="left")
    table.add_column("Tenant", overflow="ellipsis", no_wrap=True, max_width=44)
    for name in ("Lines", "Cost", "RRP", "Sell"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Xero number", no_wrap=True)
    for row in sorted(rows, key=lambda one: one.tenant_name.casefold()):
        colour = "green" if row.state == "verified" else "yellow"
        table.add_row(
            row.tenant_name,
            str(row.lines),
            *(_cents(value) for value in (row.cost, row.rrp, row.sell)),
            f"[{colour}]{'synced, verified' if row.state == 'verified' else row.state}[/{colour}]",
            row.xero_number or "-",
        )
    return table


def _tie_out(hops: Sequence[Hops]) -> Table:
    table = Table(title="\nTie-out: each hop equals the one before it", title_justify="left")
    table.add_column("Hop")
    for one in hops:
        table.add_column(one.invoice_no, justify="right", no_wrap=True)
    for words, name in (
        ("cost: the document states", "document_cost"),
        ("cost: the lines add up to", "lines_cost"),
        ("cost: the charges add up to", "charges_cost"),
        ("sell: the charges add up to", "charges_sell"),
        ("sell: held for a person", "held_sell"),
        ("sell: the plans write", "plan_sell"),
        ("sell: Xero has, before tax", "xero_sell"),
        ("residual of rounding, kept", "residual"),
    ):
        table.add_row(words, *(text(getattr(one, name)) for one in hops))
    return table


def _cents(value: Decimal) -> str:
    return f"{value.quantize(_CENT, rounding=ROUND_HALF_UP):,}"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: text(value) if isinstance(value, Decimal) else value for name, value in row.items()}
