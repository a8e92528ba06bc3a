"""What processes cost: CPU seconds and peak memory by name, as the kernel counts them."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
Seconds = dict[str, float]


def cpu_seconds(pids: Mapping[str, int]) -> Seconds:
    """CPU seconds that each process has used in user and system mode since its start."""
    return {name: _cpu(pid) for name, pid in pids.items()}


def peak_rss_mib(pids: Mapping[str, int]) -> dict[str, int]:
    """Most memory that each process ever held, in MiB."""
    return {name: round(_status_kib(pid, "VmHWM") / 1024) for name, pid in pids.items()}


def used(before: Seconds, after: Seconds) -> Seconds:
    """CPU seconds between two readings. A process that was started anew counts from its start."""
    return {
        name: seconds - (before.get(name, 0.0) if seconds >= before.get(name, 0.0) else 0.0)
        for name, seconds in after.items()
    }


def bytes_below(directory: Path) -> int:
    """Size of the files in a directory and below; they may come and go meanwhile."""
    total = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                total += (Path(folder) / name).stat().st_size
    return total


def _cpu(pid: int) -> float:
    # The name of the program stands in brackets and may hold spaces: count behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _status_kib(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0
