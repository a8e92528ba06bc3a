"""`ingest`: hand in an invoice file, and perhaps wait for what comes of it."""

import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk
from syncline_cli.output import WORDS, exact, money
from syncline_cli.problem import CommandError, ExitCode
from syncline_cli.waiting import waiting

ATTENTION = ("held", "failed", "drifted")
"""States that wait for a person."""
SETTLE_S = 5.0
"""After that it goes on though the sums differ: tax lines are in a document, not in a tie-out."""


def ingest(
    file: Annotated[Path, typer.Argument(help="The invoice as it came: CSV or JSON.")],
    partner: Partner = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until every tenant is priced.")] = False,
    timeout: Annotated[int, typer.Option(help="Seconds that --wait waits.", min=1)] = 600,
    as_json: AsJson = False,
) -> int:
    """Hand in an invoice file. The same content twice is recognised, not billed again."""
    desk = open_desk(partner, as_json=as_json)
    if not file.exists():
        raise CommandError(f"There is no file {file}.", ExitCode.NOT_FOUND)
    if file.is_dir():
        raise CommandError(f"{file} is a folder; say one file.", ExitCode.USAGE)
    answer: Json = desk.client.upload(f"{desk.base}/documents", file)
    document = answer["document"]
    if answer["outcome"] == "rejected":
        if as_json:
            desk.output.json(answer)
        raise CommandError(f"Refused, nothing of it was taken in. {document['message']}")
    known = " It was known already." if answer["outcome"] == "already_known" else ""
    desk.output.say(
        f"Taken in: invoice {document['invoice_no']}, {document['lines']} lines, "
        f"cost {exact(document['cost'])}.{known}"
    )
    if document["message"]:
        desk.output.say(document["message"])
    if not wait:
        if as_json:
            desk.output.json(answer)
        return ExitCode.DONE
    details = await_priced(desk, document, timeout)
    if as_json:
        desk.output.json({**answer, **details})
    return _tell(desk, details)


def await_priced(desk: Desk, document: Json, timeout_s: float) -> Json:
    """Wait until no tenant of this revision is on its way. Raises `CommandError` in the end."""
    path = f"{desk.base}/invoices/{segment(document['invoice_key'])}"
    too_long = f"Not all tenants were priced within {timeout_s:.0f} s. Look again later."
    give_in_at = None
    with waiting(desk.output, "tenants priced", timeout_s, too_long) as wait:
        while True:
            details = _look(desk, path, document["revision"] or 1)
            rows = details["tenants"] if details else []
            arrived = sum(row["state"] != "received" for row in rows)
            wait.tell(arrived, len(rows))
            if details and rows and arrived == len(rows):
                give_in_at = give_in_at or time.monotonic() + SETTLE_S
                if _is_settled(details, document) or time.monotonic() >= give_in_at:
                    return details
            else:
                give_in_at = None
            wait.pause()


def _is_settled(details: Json, document: Json) -> bool:
    """Tell whether the invoice shows this document, and its sums the tenants that are listed.

    A new revision is known a moment before its tenants are, and they before the sums.
    """
    invoice = details["invoice"]
    if Counter(row["state"] for row in details["tenants"]) != Counter(invoice["tenants_by_state"]):
        return False
    is_newer = invoice["revision"] > (document["revision"] or 1)
    shown = Decimal(invoice["tie_out"]["document_cost"])
    return is_newer or shown == Decimal(document["cost"])


def _look(desk: Desk, path: str, revision: int) -> Json | None:
    try:
        found: Json = desk.client.get(path)
    except CommandError as error:
        if error.code == ExitCode.NOT_FOUND:  # it is on its way
            return None
        raise
    # Until the new revision is known there, the one before looks as if all were done.
    return found if found["invoice"]["revision"] >= revision else None


def _tell(desk: Desk, details: Json) -> int:
    counts = Counter(row["state"] for row in details["tenants"])
    words = ", ".join(f"{count} {WORDS.get(one, one)}" for one, count in counts.most_common())
    desk.output.say(f"{len(details['tenants'])} tenants: {words}.")
    waiting = [row for row in details["tenants"] if row["state"] in ATTENTION]
    if waiting:
        cost = money(details["invoice"]["held_cost"])
        desk.output.say(f"{cost} at cost waits: `syncline holds` tells what for.")
    return ExitCode.NEEDS_ATTENTION if waiting else ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ingest)
