"""`make bench`, small: it ties, writes its figures and leaves nothing. Never how fast it was."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from syncline_stack.bench import full_road, pages
from syncline_stack.bench.full_road import Case, measure
from syncline_stack.bench.seeded import Sizes
from syncline_stack.bench.usage import UsageFile, write_daily_usage
from syncline_stack.proof import DoesNotTieError
from syncline_stack.stack import Stack

from tests.e2e.browser import chromium
from tests.e2e.processes import working_in

COMMAND = str(Path(sys.executable).parent / "syncline-stack")
ROWS, TENANTS, SYNCED = 2_000, 3, 20
SERVICES = {"ingest", "pricing", "mapping", "xero", "portal"}


def test_the_whole_bench_ends_by_itself_ties_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    ended = subprocess.run(
        [
            *(COMMAND, "bench", "--rows", str(ROWS), "--tenants", str(TENANTS)),
            *("--synced", str(SYNCED), "--pages", "0"),
        ],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.strip().splitlines()[-1].startswith(f"bench: ok rows={ROWS} lines_per_s=")
    told: dict[str, Any] = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert told["rows"] == ROWS
    for name in ("lines_per_s", "naive_lines_per_s", "loop_lines_per_s"):
        assert told[name] > 0
    assert told["peak_rss_mib"].keys() >= SERVICES
    assert all(told["peak_rss_mib"][name] > 0 for name in SERVICES)
    assert told["cpu_s"].keys() >= {*SERVICES, "mongo", "nats"}
    assert told["small_invoice_s"]["alone"] > 0
    assert {"beside", "while_reading", "while_flowing"} <= told["small_invoice_s"].keys()
    assert told["naive"]["lines"] == told["loop"]["lines"] == ROWS
    assert told["vendor_calls"].keys() == {"xero", "connectwise", "autotask"}
    for connector, calls in told["vendor_calls"].items():
        assert SYNCED - 10 < calls["tenants"] <= SYNCED
        assert calls["first_sync_s"] > calls["first_sync_cpu_s"] > 0
        # Xero takes 50 invoices per request; one more is for who comes late on a busy machine.
        most = 2 if connector == "xero" else calls["records"]
        assert calls["first_sync"]["writes"] <= most, connector
        assert calls["second_sync"]["writes"] == calls["verify"]["writes"] == 0
        parts = [calls[name] for name in ("first_sync", "second_sync", "verify")]
        assert [one["refused_429"] for one in parts] == [0, 0, 0], connector
        assert all(
            one["requests_per_100_tenants"] == round(100 * one["requests"] / calls["tenants"], 1)
            for one in parts
        )
        # A look is a request per agreement only where the vendor lists one agreement at a time.
        per_tenant = (3, 1, 1) if connector == "connectwise" else (0, 0, 0)
        looks = [one["requests"] - one["writes"] for one in parts]
        most = [16 + n * calls["tenants"] for n in per_tenant]
        assert all(look <= limit for look, limit in zip(looks, most, strict=True)), (
            connector,
            looks,
        )
    assert told["pages"] is None
    (case,) = told["by_tenants"].values()
    made = write_daily_usage(tmp_path / "again.csv", rows=ROWS, tenants=TENANTS)
    assert (case["rows"], case["tenants"]) == (ROWS, TENANTS)
    assert (Decimal(case["cost"]), case["file_bytes"]) == (made.total.cost, made.size)
    assert working_in(tmp_path) == {}
    assert list((tmp_path / "tmp").glob("syncline-bench-*")) == []


def test_a_cost_that_is_not_the_files_fails_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def a_cent_more(path: Path, **options: Any) -> UsageFile:
        made = write_daily_usage(path, **options)
        made.total.cost += Decimal("0.01")
        return made

    monkeypatch.setattr(full_road, "write_daily_usage", a_cent_more)
    monkeypatch.setattr(full_road, "IDLE_S", 0.1)
    with pytest.raises(DoesNotTieError, match=r"the invoice: 300 lines of .*; the file has 300 of"):
        measure(Case(rows=300, tenants=3), tmp_path)
    assert working_in(tmp_path) == {}


def test_pages_are_measured_in_a_browser_alone_and_among_others(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "OPENED", 1)
    monkeypatch.setattr(pages, "ACTED", 2)
    sizes = Sizes.of(0.001)
    assert sizes is not None
    with chromium() as browser:
        told = pages.look(browser, stack, sizes, tmp_path, lambda ready: None).to_json()
    assert told["sizes"] == {"invoices": 5, "tenants": 5, "lines": 500, "browsers": 2}
    assert {page: set(times) for page, times in told["times"].items()} == {
        "list": {"first_picture", "filter", "month"},
        "details": {"first_picture", "sort", "filter"},
        "breakdown": {"first_picture", "whole", "filter", "sort", "group"},
    }
    for times in told["times"].values():
        for what, one in times.items():
            assert 0 < one["median_ms"] <= one["worst_ms"]
            is_load = what in ("first_picture", "whole")
            assert (one["n"], one["target_ms"]) == ((1, 1_000) if is_load else (2, 300))
    assert told["crowd"]["browsers"] == 2
    assert told["crowd"]["opened_ms"]["median"] > 0
    assert told["crowd"]["seen_ms"]["worst"] > 0
    assert told["rss_mib"].keys() == told["peak_rss_mib"].keys() == {"portal", "mapping"}
