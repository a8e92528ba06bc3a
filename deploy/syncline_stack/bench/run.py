"""The whole benchmark in one run: full road, naive pipeline, bare loop, over the same rows."""

import shutil
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Error as BrowserError

from syncline_stack.bench import report
from syncline_stack.bench.full_road import Case, measure
from syncline_stack.bench.loop import Looped, run_loop
from syncline_stack.bench.naive_run import Ran, run_naive
from syncline_stack.bench.pages import PagesMeasured, measure_pages
from syncline_stack.bench.progress import Telling
from syncline_stack.bench.results import Results
from syncline_stack.bench.seeded import Sizes
from syncline_stack.bench.usage import UsageFile, write_daily_usage
from syncline_stack.bench.vendor_calls import count_calls
from syncline_stack.proof import DoesNotTieError

RESULT = Path("build/bench.json")
NAIVE_ROWS = 20_000
STEPS = (10_000, 100_000)
"""Sizes below the whole one, which show whether a line costs the same in a larger invoice."""
FAILURES = (DoesNotTieError, RuntimeError, TimeoutError, OSError, ValueError, BrowserError)


def run_bench(
    rows: int,
    tenants: Sequence[int],
    *,
    synced: int = 100,
    pages: Sizes | None = None,
    keep: bool = False,
) -> int:
    """Run it in a temporary directory and write `build/bench.json`; the exit code."""
    directory = Path(tempfile.mkdtemp(prefix="syncline-bench-"))
    telling = Telling()
    try:
        results = _run(rows, tenants, synced, pages, directory, telling)
    except FAILURES as error:
        telling.console.print(f"\nbench failed: {error}", style="red", markup=False)
        telling.console.print(f"logs: {directory}", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:  # gigabytes that nobody asked for
        shutil.rmtree(directory, ignore_errors=True)
        telling.console.print("bench stopped: nothing was written")
        return 130
    if not keep:
        shutil.rmtree(directory, ignore_errors=True)
    figures = report.figures(results, telling.seconds)
    report.write_json(RESULT, figures)
    report.show(results, figures, telling.console)
    telling.console.print(report.last_line(figures), highlight=False, soft_wrap=True)
    return 0


def cases_of(rows: int, tenants: Sequence[int]) -> list[Case]:
    """The whole number of rows for each number of tenants; smaller ones for the first."""
    first, *others = tenants
    whole = [Case(rows, first, with_small=True), *(Case(rows, count) for count in others)]
    return whole + [Case(step, first) for step in STEPS if first <= step < rows]


def _run(
    rows: int,
    tenants: Sequence[int],
    synced: int,
    pages: Sizes | None,
    directory: Path,
    telling: Telling,
) -> Results:
    """Raises one of `FAILURES`; a figure that does not tie is one."""
    naive, loop = _without_the_stack(rows, tenants[0], directory, telling)
    measured = []
    for number, case in enumerate(cases_of(rows, tenants), start=1):
        what = f"full road, {case.rows:,} lines of {case.tenants:,} tenants"
        with telling.part(what, case.rows) as on_lines:
            measured.append(measure(case, directory / f"case-{number}", on_lines))
        shutil.rmtree(directory / f"case-{number}")  # a million rows leave gigabytes
    with telling.part(f"two syncs of {synced} tenants into each PSA", 0):
        calls = count_calls(synced, directory / "calls")
    looked = _look(pages, directory / "pages", telling) if pages else None
    return Results(rows, tuple(measured), naive, loop, calls, looked)


def _look(sizes: Sizes, directory: Path, telling: Telling) -> PagesMeasured:
    what = f"pages: {sizes.invoices:,} invoices, {sizes.lines:,} lines, {sizes.browsers} browsers"
    with telling.part(what, sizes.invoices) as on_invoices:
        return measure_pages(sizes, directory, on_invoices)


def _without_the_stack(
    rows: int, tenants: int, directory: Path, telling: Telling
) -> tuple[Ran, Looped]:
    with telling.part(f"write a file of {rows:,} rows", rows) as on_lines:
        file = write_daily_usage(
            directory / "usage.csv", rows=rows, tenants=tenants, on_rows=on_lines
        )
    few = min(rows, NAIVE_ROWS)
    with telling.part(f"naive pipeline, {few:,} lines, a message each", few) as on_lines:
        short = write_daily_usage(directory / "naive.csv", rows=few, tenants=min(tenants, few))
        naive = run_naive(short.path, few, directory / "naive", on_lines)
    _tie("naive pipeline", short, naive.lines, naive.cost)
    with telling.part(f"bare loop, {rows:,} lines", rows) as on_lines:
        loop = run_loop(file.path, on_lines)
    _tie("bare loop", file, loop.lines, loop.cost)
    file.path.unlink()
    return naive, loop


def _tie(what: str, file: UsageFile, lines: int, cost: Decimal) -> None:
    if (lines, cost) != (file.total.lines, file.total.cost):
        raise DoesNotTieError(
            f"{what}: {lines} lines of {cost}; the file has {file.total.lines} of {file.total.cost}"
        )
