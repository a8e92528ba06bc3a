"""`syncline-stack up`, `syncline-stack demo` and `syncline-stack bench`."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from syncline_stack.bench.run import run_bench
from syncline_stack.bench.seeded import Sizes
from syncline_stack.demo import run_demo
from syncline_stack.example import is_empty, set_up_example
from syncline_stack.keepsake import SERVICES
from syncline_stack.process import NotReadyError
from syncline_stack.stack import AlreadyRunningError, Stack

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)


@app.command()
def up(
    directory: Annotated[Path, typer.Option(help="Where its data lies.")] = Path(".syncline"),
) -> None:
    """Keep the stack running until Ctrl-C; started again, it finds everything as it was."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stack = Stack(directory)
    try:
        with stack.running():
            if is_empty(stack):
                print("Making an example: a partner with an invoice to sync ...", flush=True)
                set_up_example(stack)
            print(_welcome(stack), flush=True)
            while not stop.wait(0.5):
                pass
            print("Stopping ...", flush=True)
    except (AlreadyRunningError, NotReadyError, RuntimeError, TimeoutError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    print("Stopped. Everything is kept in", stack.directory, flush=True)


@app.command()
def demo(
    svg: Annotated[Path | None, typer.Option(help="Also save the output as a picture.")] = None,
    keep: Annotated[bool, typer.Option(help="Keep the temporary directory.")] = False,
    apart: Annotated[
        list[str] | None,
        typer.Option(help="Services to run as their images do, from their own lock; or `all`."),
    ] = None,
) -> None:
    """Run the main job on a stack of its own and check every figure."""
    chosen = SERVICES if apart == ["all"] else tuple(apart or ())
    raise typer.Exit(run_demo(svg=svg, keep=keep, apart=chosen))


@app.command()
def bench(
    rows: Annotated[int, typer.Option(min=1, help="Lines of the large invoice.")] = 200_000,
    tenants: Annotated[
        list[int] | None, typer.Option(min=1, help="Customers on it; several are runs each.")
    ] = None,
    synced: Annotated[
        int, typer.Option(min=1, help="Tenants whose requests to each PSA are counted.")
    ] = 100,
    pages: Annotated[
        float,
        typer.Option(
            min=0,
            help="Part of 1,000 invoices, 1,000 tenants, 100,000 lines and 50 browsers that the "
            "pages are measured with; 0 leaves them out.",
        ),
    ] = 1.0,
    keep: Annotated[bool, typer.Option(help="Keep the temporary directory.")] = False,
) -> None:
    """Measure daily usage from file to ready, beside a naive pipeline and a bare loop."""
    raise typer.Exit(
        run_bench(rows, tenants or (20, 2_000), synced=synced, pages=Sizes.of(pages), keep=keep)
    )


def _welcome(stack: Stack) -> str:
    return f"""
Syncline is running; Ctrl-C stops it.

  Portal      {stack.portal_url}
              Open it and press "Sign in on this machine". An example invoice waits there:
              map a tenant under Edit Mappings, then Sync Now.
  REST API    {stack.portal_url}/docs, Authorization: Bearer <the token in {stack.token_file}>
  Sandbox     {stack.sandbox_url} plays the distributor's feed and the PSAs
  Inboxes     {stack.folder_root}/<partner>/inbox
  Logs        {stack.directory}/<service>/log

In a second terminal, from this folder:

  .venv/bin/syncline --help
  .venv/bin/syncline invoices
"""


def main() -> None:
    """Run the command line."""
    app()
