"""CPU and memory of a process and all its children, from /proc. Linux only."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and everything it started that still runs."""
    found = [pid]
    for process in found:
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue  # that thread ended meanwhile
    return found


def cpu_seconds(pid: int) -> float:
    """CPU of the whole tree so far, in seconds, with children that ended and were waited for; 10 ms fine."""
    total = 0.0
    for process in tree(pid):
        try:
            stat = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        total += sum(map(int, fields[11:15])) * _TICK
    return total


def resident_mib(pid: int) -> float:
    """Resident memory of the whole tree, in MiB."""
    return sum(_status(process, "VmRSS") for process in tree(pid)) / 1024


def peak_mib(pid: int) -> float:
    """The most that the process itself was resident, in MiB."""
    return _status(pid, "VmHWM") / 1024


def _status(pid: int, field: str) -> int:
    """A field of /proc/PID/status in KiB; 0 for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)
