"""`make up`: Ctrl-C stops all of it; started again it finds everything as it was."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from syncline_stack.keepsake import Keepsake
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.e2e.processes import working_in
from tests.e2e.walk import prove, ready, sync

COMMAND = str(Path(sys.executable).parent / "syncline-stack")


@contextlib.contextmanager
def up(directory: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The command in the foreground of its own; it is stopped with Ctrl-C."""
    with (directory / "output").open("ab") as output:
        process = subprocess.Popen(
            [COMMAND, "up"], cwd=directory, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _await_whereabouts(directory, process)
        yield process
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _await_whereabouts(directory: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while not (directory / ".syncline" / "stack.json").exists():
        assert process.poll() is None, (directory / "output").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_after_ctrl_c_nothing_runs_and_the_next_start_finds_everything(tmp_path: Path) -> None:
    stack = Stack(tmp_path / ".syncline")  # not started: it only knows the addresses
    road = Road(stack, people=4)
    with up(tmp_path):
        invoice, key = ready(road)
        sync(road, key)
        before = (road.details(key)["tenants"], road.xero_invoices())
        second = subprocess.run(
            [COMMAND, "up"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (second.returncode, "already" in second.stderr) == (1, True)
    assert working_in(tmp_path) == {}
    assert not (tmp_path / ".syncline" / "stack.json").exists()
    with up(tmp_path):
        assert Keepsake.of(stack.directory) == stack.keepsake
        assert (road.details(key)["tenants"], road.xero_invoices()) == before
        prove(road, {key: invoice})
        rows = road.plan(key)
        assert {write["action"] for row in rows for write in row["plan"]["writes"]} == {"unchanged"}
    road.close()
    assert working_in(tmp_path) == {}


def test_its_secrets_are_for_its_owner_only(stack: Stack) -> None:
    answer = httpx.get(f"{stack.portal_url}/v1/partners", trust_env=False)
    assert answer.status_code == 401
    for file in (stack.directory / "secrets.json", stack.token_file):
        assert file.stat().st_mode & 0o077 == 0
