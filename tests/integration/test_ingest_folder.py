"""The watched folder, with a process that is killed again and again."""

import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from syncline_ingest.sources.watched_folder import FolderFile
from syncline_sandbox.reconciliation import generate_reconciliation

from tests.conftest import Servers
from tests.integration.ingest_stack import (
    ADMIN,
    VAULT_KEY,
    Seen,
    assert_ties,
    eventually,
    files_in,
    names_in,
    running,
    soon,
)
from tests.unit.ingest.samples import recon


@pytest.fixture
async def seen(servers: Servers) -> AsyncIterator[Seen]:
    async with servers.bus(ADMIN) as bus:
        yield Seen(bus)


def inbox(root: Path, partner: str) -> Path:
    folder = root / partner / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def test_a_file_is_taken_and_moved_to_done(
    servers: Servers, seen: Seen, tmp_path: Path
) -> None:
    file = generate_reconciliation(21, tenants=4)
    (inbox(tmp_path, "fo-one") / "october.csv").write_bytes(file.to_csv().encode())
    async with running(servers, ingest_folder_root=tmp_path):
        batches = await seen.complete("fo-one")
        assert await files_in(tmp_path / "fo-one" / "done", 1) == ["october.csv"]
    (event,) = await seen.detected("fo-one")
    assert (event.source_id, event.document_name) == ("folder", "october.csv")
    assert event.cost == file.subtotal
    assert_ties(event, batches)
    assert names_in(inbox(tmp_path, "fo-one")) == []


async def test_a_bad_file_lies_in_quarantine_beside_its_reason_and_the_good_one_is_in(
    servers: Servers, seen: Seen, tmp_path: Path
) -> None:
    folder = inbox(tmp_path, "fo-bad")
    (folder / "bad.csv").write_bytes(recon({}, {"Subtotal": "x"}))
    (folder / "good.csv").write_bytes(recon({}))
    async with running(servers, ingest_folder_root=tmp_path):
        names = await files_in(tmp_path / "fo-bad" / "quarantine", 2)
        await seen.complete("fo-bad")
        await files_in(tmp_path / "fo-bad" / "done", 1)
        (event,) = await soon(seen.rejected, "fo-bad")
    assert names == ["bad.csv", "bad.csv.reason.txt"]
    reason = (tmp_path / "fo-bad" / "quarantine" / "bad.csv.reason.txt").read_text()
    assert reason.startswith("bad.csv, row 2, column Subtotal: 'x' is not a number")
    assert event.message == reason.strip()


async def test_a_crash_between_commit_and_move_ingests_once(
    servers: Servers, seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox(tmp_path, "fo-move") / "october.csv").write_bytes(recon({}))

    async def dies(self: FolderFile, taken: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(FolderFile, "settle", dies)
        async with running(servers, ingest_folder_root=tmp_path):
            await seen.complete("fo-move")
    assert names_in(inbox(tmp_path, "fo-move")) == ["october.csv"]
    async with running(servers, ingest_folder_root=tmp_path):
        assert await files_in(tmp_path / "fo-move" / "done", 1) == ["october.csv"]
    assert len(await seen.detected("fo-move")) == 1


async def test_a_file_that_grows_is_left_until_it_lies_still(
    servers: Servers, seen: Seen, tmp_path: Path
) -> None:
    path = inbox(tmp_path, "fo-slow") / "october.csv"
    data = recon(*[{}] * 40, newline="\n")
    async with running(servers, ingest_folder_root=tmp_path, ingest_folder_scan_s=0.5):
        with path.open("ab", buffering=0) as file:
            for at in range(0, len(data), 1500):
                file.write(data[at : at + 1500])
                await _tick(0.05)
        batches = await seen.complete("fo-slow")
    assert await seen.rejected("fo-slow") == []
    assert sum(len(batch.lines) for batch in batches) == 40


async def test_links_are_put_aside_and_never_read(
    servers: Servers, seen: Seen, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(recon({}))
    (inbox(tmp_path, "fo-link") / "x.csv").symlink_to(secret)
    async with running(servers, ingest_folder_root=tmp_path):
        names = await files_in(tmp_path / "fo-link" / "quarantine", 2)
    assert names == ["x.csv", "x.csv.reason.txt"]
    assert await seen.detected("fo-link") == []


async def test_two_replicas_share_a_folder(servers: Servers, seen: Seen, tmp_path: Path) -> None:
    folder = inbox(tmp_path, "fo-two")
    for number in range(10):
        (folder / f"{number}.csv").write_bytes(recon({"InvoiceNumber": f"G{number}"}))
    async with (
        running(servers, ingest_folder_root=tmp_path),
        running(servers, ingest_folder_root=tmp_path),
    ):
        await seen.complete("fo-two", invoices=10)
        await files_in(tmp_path / "fo-two" / "done", 10)
    assert len(await seen.detected("fo-two")) == 10


async def test_killed_at_any_moment_the_result_is_that_of_an_undisturbed_run(
    servers: Servers, seen: Seen, tmp_path: Path
) -> None:
    files = [generate_reconciliation(seed, tenants=60) for seed in (31, 32, 33, 34)]
    folder = inbox(tmp_path, "fo-sigkill")
    for number, file in enumerate(files[:3]):
        (folder / f"{number}.csv").write_bytes(file.to_csv().encode())
    pauses = random.Random(4)
    for _ in range(5):
        with _process(servers, tmp_path) as process:
            await _tick(0.9 + pauses.random())
            process.kill()
            process.wait()
    (folder / "3.csv").write_bytes(files[3].to_csv().encode())
    with _process(servers, tmp_path) as process:
        batches = await seen.complete("fo-sigkill", invoices=4)
        await files_in(tmp_path / "fo-sigkill" / "done", 4)
        process.terminate()
        assert process.wait(30) == 0
    events = {event.invoice_no: event for event in await seen.detected("fo-sigkill")}
    for file in files:
        event = events[file.invoice_number]
        assert (event.cost, event.lines, event.revision) == (file.subtotal, len(file.rows), 1)
        assert_ties(event, [one for one in batches if one.invoice_no == file.invoice_number])


def _process(servers: Servers, root: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "SYNCLINE_NATS_URL": servers.nats.url,
        "SYNCLINE_NATS_USER": "ingest",
        "SYNCLINE_NATS_PASSWORD": servers.nats.passwords["ingest"],
        "SYNCLINE_MONGO_URL": servers.mongo.url("ingest"),
        "SYNCLINE_MONGO_DATABASE": "syncline_ingest",
        "SYNCLINE_LOG_LEVEL": "ERROR",
        "SYNCLINE_VAULT_KEYS": VAULT_KEY,
        "SYNCLINE_INGEST_FOLDER_ROOT": str(root),
        "SYNCLINE_INGEST_FOLDER_SCAN_S": "0.05",
        "SYNCLINE_INGEST_LEASE_S": "2",
        "SYNCLINE_INGEST_SWEEP_EVERY_S": "1",
    }
    command = [sys.executable, "-m", "syncline_ingest"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


async def _tick(seconds: float) -> None:
    """Let time pass: the moment itself is what these tests vary."""
    until = time.monotonic() + seconds

    async def passed() -> bool | None:
        return True if time.monotonic() >= until else None

    await eventually(passed)
