"""A process of the stack: started, asked for its health, stopped or killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from syncline_chassis.testing.servers import die_with_parent


class NotReadyError(RuntimeError):
    """A process did not become ready; the text says where its log is."""


class Process:
    """One process; `start` after `kill` or `stop` is a new one with the same settings."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path,
        ready_url: str,
    ) -> None:
        self.name = name
        self.log = log
        self.wanted = False
        self._arguments = arguments
        self._environment = environment
        self.ready_url = ready_url
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._popen.pid if self._popen is not None and self._popen.poll() is None else None

    def start(self) -> None:
        """Start; it is not ready yet."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self._arguments,
                env={**_inherited(), **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.wanted = True  # not before: a supervisor would start it as well

    def is_ready(self) -> bool:
        """Ask it."""
        try:
            return httpx.get(self.ready_url, timeout=2.0, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def await_ready(self, deadline: float, *, may_restart: bool = False) -> None:
        """Wait until it is ready. Raises `NotReadyError`; `deadline` as of `time.monotonic`."""
        while not self.is_ready():
            ended = self._popen is not None and self._popen.poll() is not None
            if time.monotonic() > deadline or (ended and not may_restart):
                raise NotReadyError(f"{self.name} did not become ready; its log is {self.log}")
            time.sleep(0.05)

    def terminate(self) -> None:
        """Ask it to drain and end."""
        self.wanted = False
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)

    def await_end(self, timeout_s: float) -> None:
        """Wait for its end; SIGKILL after that."""
        if self._popen is not None:
            try:
                self._popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()

    def kill(self) -> None:
        """SIGKILL: it gets no chance to say anything."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()

    def has_died(self) -> bool:
        """It should be running and is not."""
        return self.wanted and self._popen is not None and self._popen.poll() is not None


def entry_point(name: str, environment: Path | None = None) -> str:
    """Path of a command that a member installs: beside this interpreter, or elsewhere."""
    return str((environment / "bin" if environment else Path(sys.executable).parent) / name)


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SYNCLINE_")}
