"""`oss-tui exec` against a server that answers at once, the whole process; the floor is to import an HTTP client."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.row import Row, against, at_most
from benchmarks.world import World, python, world

MARK = 1.6
MEMORY_MIB = 55


@dataclass(frozen=True, slots=True)
class Run:
    """One process: wall and CPU milliseconds, peak memory in MiB, and what it said."""

    ms: float
    cpu: float
    mib: float
    said: str


def measure(runs: int) -> list[Row]:
    ours, floor = list[Run](), list[Run]()
    with world() as here:
        for number in range(2 * runs + 1):  # the first compiles
            least = _run(here, [sys.executable, "-P", "-c", "import httpx"])
            run = _run(here, python("tui.cli", "exec", "feed tokens=1 end=1"))
            assert run.said.split()[-1] == "Zq1", run.said
            if number:
                ours.append(run)
                floor.append(least)
    return [
        against("exec, whole process, ms", [run.ms for run in ours], [run.ms for run in floor], MARK),
        against("exec, whole process, CPU ms", [run.cpu for run in ours], [run.cpu for run in floor], MARK),
        at_most("exec, peak memory, MiB", [run.mib for run in ours], MEMORY_MIB),
    ]


def _run(here: World, argv: Sequence[str]) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen(argv, cwd=here.folder, env=here.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    spent = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0
    return Run(1000 * spent, 1000 * (usage.ru_utime + usage.ru_stime), usage.ru_maxrss / 1024, said)
