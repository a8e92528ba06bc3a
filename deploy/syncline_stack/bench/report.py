"""What the benchmark shows at its end: tables, one JSON file, one line."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from syncline_stack.bench import gauges
from syncline_stack.bench.counters import STAGES
from syncline_stack.bench.full_road import Measured
from syncline_stack.bench.results import Results

Figures = dict[str, Any]
PROCESSES = ("ingest", "pricing", "mapping", "mongo", "nats", "portal", "xero", "sandbox")
REACHED = ("detected", *STAGES)
MIB = 1024 * 1024


def figures(results: Results, seconds: float) -> Figures:
    """Everything, the first number of tenants on top; amounts are exact, as text."""
    first = results.cases[0]
    naive = results.naive.lines / results.naive.seconds
    loop = results.loop.lines / results.loop.seconds
    whole = [one for one in results.cases if one.case.rows == results.rows]
    return {
        "rows": results.rows,
        "lines_per_s": round(first.lines_per_s),
        "naive_lines_per_s": round(naive),
        "loop_lines_per_s": round(loop),
        "ratio": {
            "naive": round(first.lines_per_s / naive, 2),
            "loop": round(first.lines_per_s / loop, 3),
        },
        "peak_rss_mib": gauges.highest([one.peak_rss_mib for one in results.cases]),
        "small_invoice_s": _small(first),
        "cpu_s": _rounded(first.cpu_s),
        "by_tenants": {str(one.case.tenants): _case(one) for one in whole},
        "by_rows": _by_rows(results),
        "flatness": _flatness(results),
        "naive": {"lines": results.naive.lines, "seconds": round(results.naive.seconds, 2)},
        "loop": {
            "lines": results.loop.lines,
            "seconds": round(results.loop.seconds, 2),
            "charges": results.loop.charges,
            "sell": str(results.loop.sell),
        },
        "vendor_calls": {one.connector: one.to_json() for one in results.calls},
        "pages": results.pages.to_json() if results.pages else None,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "seconds": round(seconds, 1),
    }


def _case(one: Measured) -> Figures:
    return {
        "rows": one.case.rows,
        "tenants": one.case.tenants,
        "seconds": round(one.took.seconds, 2),
        "reached_s": _rounded(one.took.reached),
        "lines_per_s": round(one.lines_per_s),
        "cpu_us_per_line": round(one.cpu_us_per_line, 1),
        "cpu_s": _rounded(one.cpu_s),
        "idle_cpu_per_s": _rounded(one.idle_cpu_per_s, 3),
        "peak_rss_mib": one.peak_rss_mib,
        "file_bytes": one.file_bytes,
        "stored_bytes": one.stored_bytes,
        "cost": str(one.cost),
    }


def _by_rows(results: Results) -> dict[str, Figures]:
    tenants = results.cases[0].case.tenants
    mine = [one for one in results.cases if one.case.tenants == tenants]
    return {str(one.case.rows): _case(one) for one in sorted(mine, key=lambda one: one.case.rows)}


def _flatness(results: Results) -> Figures:
    """CPU per line by rows; 1.0 would be the same cost whatever the size."""
    cost = {rows: one["cpu_us_per_line"] for rows, one in _by_rows(results).items()}
    most, least = max(cost.values()), min(cost.values())
    return {"cpu_us_per_line": cost, "highest_over_lowest": round(most / max(least, 0.1), 2)}


def _small(first: Measured) -> Figures:
    took = first.took
    beside = [one for one in took.small_beside_s.values() if one is not None]
    return {
        "alone": _maybe(took.small_alone_s),
        "beside": _maybe(max(beside, default=None)),
        **{f"while_{name}": _maybe(one) for name, one in took.small_beside_s.items()},
    }


def _maybe(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def _rounded(seconds: dict[str, float], digits: int = 2) -> dict[str, float]:
    return {name: round(used, digits) for name, used in seconds.items()}


def write_json(file: Path, found: Figures) -> None:
    """Write the figures."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n")


def last_line(found: Figures) -> str:
    """What a script reads."""
    small = found["small_invoice_s"]
    return (
        f"bench: ok rows={found['rows']} lines_per_s={found['lines_per_s']} "
        f"naive={found['naive_lines_per_s']} loop={found['loop_lines_per_s']} "
        f"small_alone={small['alone']} small_beside={small['beside']} "
        f"flatness={found['flatness']['highest_over_lowest']}"
    )


def show(results: Results, found: Figures, console: Console) -> None:
    """Print the tables."""
    tables = [_speeds(found), _roads(results), _stages(results), _peaks(results)]
    if found["pages"] is not None:
        tables.append(_pages(found["pages"]))
    for table in tables:
        console.print()
        console.print(table)
    console.print()


def _speeds(found: Figures) -> Table:
    table = _table("Lines per second, the same rows")
    for name in ("", "lines/s", "full road is"):
        table.add_column(name, justify="right" if name else "left")
    ratio, small = found["ratio"], found["small_invoice_s"]
    table.add_row("full road", f"{found['lines_per_s']:,}", "")
    table.add_row("naive pipeline", f"{found['naive_lines_per_s']:,}", f"{ratio['naive']} x")
    table.add_row("bare loop", f"{found['loop_lines_per_s']:,}", f"{ratio['loop']} x")
    table.add_row("200 lines alone", f"{small['alone']} s", "")
    table.add_row("200 lines beside", f"{small['beside']} s", "")
    return table


def _roads(results: Results) -> Table:
    table = _table("Full road: CPU seconds per process, without what each uses idle")
    for name in ("lines", "tenants", "MiB", "s", "lines/s", "CPU us/line", *PROCESSES):
        table.add_column(name, justify="right", no_wrap=True)
    for one in results.cases:
        table.add_row(
            f"{one.case.rows:,}",
            f"{one.case.tenants:,}",
            f"{one.file_bytes / MIB:.0f}",
            f"{one.took.seconds:.1f}",
            f"{one.lines_per_s:,.0f}",
            f"{one.cpu_us_per_line:.0f}",
            *(f"{one.cpu_s.get(name, 0.0):.1f}" for name in PROCESSES),
        )
    return table


def _stages(results: Results) -> Table:
    table = _table("Full road: seconds from the drop until all lines had passed")
    for name in ("lines", "tenants", *REACHED, "ready"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in results.cases:
        reached = (f"{one.took.reached.get(stage, one.took.seconds):.1f}" for stage in REACHED)
        ready = f"{one.took.seconds:.1f}"
        table.add_row(f"{one.case.rows:,}", f"{one.case.tenants:,}", *reached, ready)
    return table


def _peaks(results: Results) -> Table:
    table = _table("Full road: peak memory in MiB")
    for name in ("lines", "tenants", *PROCESSES):
        table.add_column(name, justify="right", no_wrap=True)
    for one in results.cases:
        peaks = (f"{one.peak_rss_mib.get(name, 0)}" for name in PROCESSES)
        table.add_row(f"{one.case.rows:,}", f"{one.case.tenants:,}", *peaks)
    return table


def _pages(found: Figures) -> Table:
    table = _table("Pages in a browser: milliseconds until the new rows are there")
    for name in ("page", "", "median", "worst", "first", "n", "wanted"):
        table.add_column(name, justify="right" if name not in ("page", "") else "left")
    for page, times in found["times"].items():
        for what, one in times.items():
            figures = (f"{one[name]:,}" for name in ("median_ms", "worst_ms", "first_ms", "n"))
            table.add_row(page, what.replace("_", " "), *figures, f"{one['target_ms']:,}")
    crowd = found["crowd"]
    for what in ("opened_ms", "seen_ms"):
        median, worst = (f"{crowd[what][name]:,}" for name in ("median", "worst"))
        name = f"{crowd['browsers']} browsers"
        table.add_row(name, what.removesuffix("_ms"), median, worst, "", "", "")
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
