"""What processes cost, those included that they start: CPU seconds and peak memory by name."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
Seconds = dict[str, float]


def cpu_seconds(pids: Mapping[str, int]) -> Seconds:
    """CPU seconds that each process has used in user and system mode since its start."""
    return {name: _cpu(pid) for name, pid in pids.items()}


def peak_rss_mib(pids: Mapping[str, int]) -> dict[str, int]:
    """Most memory that each process ever held, in MiB; of what it started, what still runs."""
    return {
        name: round(sum(_status_kib(one, "VmHWM") for one in (pid, *_children(pid))) / 1024)
        for name, pid in pids.items()
    }


def rss_mib(pids: Mapping[str, int]) -> dict[str, int]:
    """Memory that each process holds now, in MiB, with what it started."""
    return {
        name: round(sum(_status_kib(one, "VmRSS") for one in (pid, *_children(pid))) / 1024)
        for name, pid in pids.items()
    }


def highest(peaks: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The highest of several readings, each by name."""
    found: dict[str, int] = {}
    for one in peaks:
        found |= {name: max(peak, found.get(name, 0)) for name, peak in one.items()}
    return found


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
    """With what its ended children used, and its running ones until now."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # a child that ended since it was listed
        return 0.0
    # The name of the program stands in brackets and may hold spaces: count behind it.
    fields = text.rpartition(")")[2].split()
    own = sum(int(field) for field in fields[11:15]) / _TICKS_PER_S
    return own + sum(_cpu(child) for child in _children(pid))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in task.read_text().split()]
    return found


def _status_kib(pid: int, name: str) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0
