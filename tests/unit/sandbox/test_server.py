"""The one thing that only a real socket can show: a connection that breaks after the write."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.unit.sandbox.conftest import CLIENT, Xero


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(port: int, data: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"SYNCLINE_SANDBOX_DATA": str(data)}
    process = subprocess.Popen(
        [sys.executable, "-m", "syncline_sandbox", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").is_success:
                return process
        except httpx.TransportError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError("the sandbox did not start")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = _free_port()
    process = _start(port, tmp_path)
    yield port, process
    if process.poll() is None:
        process.kill()
    process.wait(10)


async def test_cut_after_commit_loses_the_answer_and_keeps_the_write(
    server: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    port, process = server
    order = {**CLIENT, "contacts": [{"name": "Acme Pty Ltd"}]}
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url) as http:
        made = (await http.post("/_sandbox/organisations", json=order)).json()
        xero = Xero(http, made["organisation_id"], made["contacts"][0]["contact_id"])
        await xero.login()
        await xero.fault(kind="cut_after_commit")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await xero.put(xero.bill("SL-1", "12.34"))
    # Killed without a chance to save anything: what was written is on disk.
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    again = _start(port, tmp_path)
    try:
        async with httpx.AsyncClient(base_url=url) as http:
            xero.http = http
            assert [row["sub_total"] for row in await xero.stored()] == ["12.34"]
            assert (await xero.stats())["records_created"] == 1
            assert (await http.get("/_sandbox/faults")).json()[0]["fired"] == 1
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(10) in (0, -signal.SIGTERM)


async def test_running_request_is_finished_on_sigterm(
    server: tuple[int, subprocess.Popen[bytes]],
) -> None:
    port, process = server
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        order = {**CLIENT, "contacts": [{"name": "Acme Pty Ltd"}]}
        made = (await http.post("/_sandbox/organisations", json=order)).json()
        xero = Xero(http, made["organisation_id"], made["contacts"][0]["contact_id"])
        await xero.login()
        await xero.fault(kind="slow_after_commit", delay_s=0.5)

        call = xero.put(xero.bill("SL-1", "1"))

        running = asyncio.create_task(call)
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert (await running).status_code == 200
    assert process.wait(10) in (0, -signal.SIGTERM)
