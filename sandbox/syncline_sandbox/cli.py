"""`syncline-sandbox`: run the servers, or write a generated reconciliation file."""

from pathlib import Path
from typing import Annotated

import typer

from syncline_sandbox.app import create_app
from syncline_sandbox.reconciliation import generate_reconciliation_csv
from syncline_sandbox.server import build_server

cli = typer.Typer(add_completion=False, no_args_is_help=False)


@cli.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(envvar="SYNCLINE_SANDBOX_PORT", min=0, max=65535)] = 8090,
    data: Annotated[Path, typer.Option(envvar="SYNCLINE_SANDBOX_DATA")] = Path("sandbox-data"),
) -> None:
    """Serve the distributor's feed, Xero and the control API on 127.0.0.1."""
    if context.invoked_subcommand is None:
        build_server(create_app(data), port).run()


@cli.command()
def reconciliation(
    out: Annotated[Path, typer.Argument(help="file to write")],
    seed: int = 1,
    tenants: int = 12,
    month: str = "2026-10",
) -> None:
    """Write a Partner Center reconciliation CSV."""
    text = generate_reconciliation_csv(seed, tenants=tenants, month=month)
    out.write_text(text, encoding="utf-8", newline="")


def main() -> None:
    """Run the command line."""
    cli()
