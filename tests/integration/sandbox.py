"""The sandbox as its own process, and its control API."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from syncline_chassis.testing.psa import Arrival
from syncline_chassis.testing.servers import free_port


class Sandbox:
    """A running sandbox."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "syncline_sandbox"),
                *("--port", str(self.port), "--data", str(directory)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.http = httpx.Client(base_url=f"{self.url}/_sandbox", timeout=20, trust_env=False)
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport, trust_env=False) as patient:
            patient.get(f"{self.url}/healthz", timeout=20).raise_for_status()

    def stop(self) -> None:
        self.http.close()
        self._process.terminate()
        self._process.wait(20)

    def ask(self, method: str, path: str, /, **body: Any) -> Any:
        answer = self.http.request(method, path, json=body or None)
        answer.raise_for_status()
        return answer.json()

    def fault(self, target: str, kind: str, org: str, **fields: Any) -> str:
        ordered = self.ask("POST", "faults", target=target, kind=kind, org=org, **fields)
        return str(ordered["fault_id"])

    def fired(self, fault_id: str) -> int:
        """How many requests a fault that stands has met."""
        faults = self.ask("GET", "faults")
        return sum(int(one["fired"]) for one in faults if one["fault_id"] == fault_id)


def arrivals_of(sandbox: Sandbox, owner: str) -> list[Arrival]:
    """The latest requests to one of its systems."""
    found = sandbox.ask("GET", f"{owner}/arrivals")
    return [Arrival(one["at"], one["is_write"]) for one in found]
