"""`make demo`: what it promises, seen from outside."""

import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console
from syncline_stack import demo, expected
from syncline_stack.demo import Demo
from syncline_stack.narrator import DemoError, Narrator

from tests.e2e.processes import working_in

COMMAND = str(Path(sys.executable).parent / "syncline-stack")
LAST = re.compile(
    r"demo: ok partners=3 tenants=(\d+) synced=(\d+) held=(\d+) records=(\d+) lines=(\d+)"
    r" cost=([\d.]+) rrp=([\d.]+)"
    r" sell=([\d.]+) residual=(-?[\d.]+) second_sync_writes=0$"
)


def run_demo(
    directory: Path, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    (directory / "tmp").mkdir()
    return subprocess.run(
        [COMMAND, "demo", *options],
        cwd=directory,
        env={**os.environ, "TMPDIR": str(directory / "tmp"), **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_demo_ends_by_itself_with_figures_that_add_up_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    ended = run_demo(tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    last = LAST.match(ended.stdout.strip().splitlines()[-1])
    assert last, ended.stdout[-500:]
    told = json.loads((tmp_path / "build" / "demo.json").read_text())
    names = ("tenants", "synced", "held", "records", "lines", "cost", "rrp", "sell", "residual")
    assert [str(told[name]) for name in names] == list(last.groups())
    assert told["second_sync_writes"] == 0
    assert told["in_time"] is (told["seconds"] <= told["most_seconds"] == 60)
    assert f"{told['seconds']:.1f} s of the 60 s promised" in ended.stdout
    assert ("TOO SLOW" in ended.stdout) is not told["in_time"]
    tenants = told["per_tenant"]
    assert (len(tenants), told["tenants"]) == (84, 84)
    for name in ("lines", "cost", "rrp", "sell", "residual"):
        assert sum(Decimal(one[name]) for one in tenants) == Decimal(told[name]), name
    synced = [one for one in tenants if one["status"] == "verified"]
    labels = [label for one in synced for label in one["records"]]
    assert len(set(labels)) == len(labels) == told["records"]
    assert (len(synced), told["synced"]) == (told["tenants"] - told["held"],) * 2
    assert {one["partner"] for one in synced} == {"acme-it", "brightside-it", "coastal-msp"}
    assert all(hop["left"] == hop["right"] for hop in told["tie_out"])
    assert working_in(tmp_path) == {}
    assert list((tmp_path / "tmp").glob("syncline-demo-*")) == []


def test_a_step_that_fails_is_named_with_the_place_of_the_logs(tmp_path: Path) -> None:
    ended = run_demo(tmp_path, NATS_URL="nats://nobody:nothing@127.0.0.1:9")
    assert ended.returncode == 1
    assert "demo failed at: start broker, database, sandbox and services" in ended.stdout
    (place,) = re.findall(r"^logs: (\S+)/<process>/log", ended.stdout, re.MULTILINE)
    assert (Path(place) / "sandbox" / "log").exists()
    assert working_in(tmp_path) == {}


def test_a_cent_that_does_not_tie_fails_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = expected.of_feed

    def a_cent_more(*arguments: object) -> expected.Expected:
        found = true(*arguments)  # type: ignore[arg-type]
        return expected.Expected(found.number, found.cost + Decimal("0.01"), found.tenants)

    monkeypatch.setattr(expected, "of_feed", a_cent_more)
    monkeypatch.setattr(demo, "PARTNERS", (demo.Partner("acme-it", "xero", 5, 2),))
    narrator = Narrator(tmp_path)
    narrator.console = Console(file=io.StringIO())
    with pytest.raises(DemoError, match=r"compare every hop(.|\n)*off by 0\.01"):
        Demo(narrator, tmp_path).run()
    assert working_in(tmp_path) == {}
