"""A month on the command line, as a script would do it."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from syncline_sandbox.reconciliation import generate_reconciliation
from syncline_stack.stack import Stack

from tests.e2e.conftest import RoadMaker

COMMAND = str(Path(sys.executable).parent / "syncline")


def syncline(directory: Path, *arguments: str) -> tuple[int, Any]:
    """Exit code and what was printed as JSON, run in a folder below the stack's."""
    environment = {name: value for name, value in os.environ.items() if "SYNCLINE" not in name}
    ended = subprocess.run(
        [COMMAND, *arguments, "--json"],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.returncode, json.loads(ended.stdout) if ended.stdout.strip() else ended.stderr


def test_from_a_file_to_xero_and_a_second_time_nothing(
    stack: Stack, roads: RoadMaker, tmp_path: Path
) -> None:
    road = roads()
    road.set_up()
    (tmp_path / ".syncline").symlink_to(stack.directory)
    recon = generate_reconciliation(road.seed, road.people)
    (tmp_path / "recon.csv").write_bytes(recon.to_csv().encode())
    mine = ("--partner", road.partner)

    code, taken = syncline(tmp_path, "ingest", "recon.csv", "--wait", *mine)
    assert (code, taken["outcome"]) == (4, "accepted")
    assert Decimal(taken["invoice"]["cost"]) == recon.subtotal
    assert syncline(tmp_path, "ingest", "recon.csv", *mine)[1]["outcome"] == "already_known"

    code, waiting = syncline(tmp_path, "holds", *mine)
    assert code == 4
    for row in waiting["rows"]:
        code, told = syncline(tmp_path, "map", row["tenant_id"], "-c", row["tenant_name"], *mine)
        assert code == 0 or "has no client" in told
    road.await_mapped(
        taken["invoice"]["invoice_key"], syncline(tmp_path, "holds", *mine)[1]["rows"]
    )

    code, planned = syncline(tmp_path, "plan", recon.invoice_number, *mine)
    assert road.xero_invoices() == []
    assert syncline(tmp_path, "sync", recon.invoice_number, *mine)[0] == 2  # nobody said yes
    assert road.xero_invoices() == []

    code, synced = syncline(tmp_path, "sync", recon.invoice_number, "--yes", *mine)
    held = syncline(tmp_path, "holds", *mine)[1]["rows"]
    assert code == (4 if held else 0)
    assert {row["state"] for row in synced["tenants"]} == {"verified"}
    total = sum(Decimal(row["plan"]["total"]) for row in planned["rows"])
    assert sum(Decimal(one["sub_total"]) for one in road.xero_invoices()) == total

    before = road.psa.stats()["write_requests"]
    code, again = syncline(tmp_path, "sync", recon.invoice_number, "--yes", *mine)
    assert (again["approved"], road.psa.stats()["write_requests"]) == ([], before)
    assert len(again["nothing_to_write"]) == len(synced["tenants"])

    one, *others = synced["tenants"]
    why = ("--reason", "billed elsewhere")
    assert syncline(tmp_path, "reverse", recon.invoice_number, "--yes", *why, *mine)[0] == 2
    whose = ("--tenant", one["tenant_id"])
    assert syncline(tmp_path, "reverse", recon.invoice_number, *whose, *why, *mine)[0] == 2
    code, done = syncline(tmp_path, "reverse", recon.invoice_number, *whose, "--yes", *why, *mine)
    assert (code, [row["state"] for row in done["tenants"]]) == (0, ["reversed"])
    living = [one for one in road.xero_invoices() if one["status"] != "DELETED"]
    assert len(living) == len(others)
    code, synced = syncline(tmp_path, "sync", recon.invoice_number, *whose, "--yes", *mine)
    assert [row["state"] for row in synced["tenants"]] == ["verified"]
    living = [one for one in road.xero_invoices() if one["status"] != "DELETED"]
    assert sum(Decimal(one["sub_total"]) for one in living) == total


def test_every_look_is_one_json_document_and_ends_with_0(
    stack: Stack, roads: RoadMaker, tmp_path: Path
) -> None:
    road = roads()
    road.set_up()
    (tmp_path / ".syncline").symlink_to(stack.directory)
    for look in ("invoices", "holds", "profile", "connection", "source", "token"):
        code, told = syncline(tmp_path, look, "--partner", road.partner)
        assert (code, isinstance(told, dict)) == (0, True), (look, told)
    assert syncline(tmp_path, "show", "nope", "--partner", road.partner)[0] == 3
    assert syncline(tmp_path, "invoices", "--partner", "nobody")[0] in (0, 3)
    assert syncline(tmp_path / "..", "invoices")[0] == 5
