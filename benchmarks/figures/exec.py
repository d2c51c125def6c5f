"""`oss-tui exec` against a server that answers at once, the whole process; the floor is to import an HTTP client."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.row import Row, against, at_most
from benchmarks.world import World, python, world

MARK = 1.6
MEMORY_MIB = 55


def measure(runs: int) -> list[Row]:
    ours, floor, memory = [], [], []
    with world() as here:
        for number in range(2 * runs + 1):
            floor_ms, _, _ = _run(here, [sys.executable, "-P", "-c", "import httpx"])
            our_ms, mib, said = _run(here, python("tui.cli", "exec", "feed tokens=1 end=1"))
            assert said.split()[-1] == "Zq1", said
            if number:
                ours.append(our_ms)
                floor.append(floor_ms)
                memory.append(mib)
    return [
        against("exec, whole process, ms", ours, floor, MARK),
        at_most("exec, peak memory, MiB", memory, MEMORY_MIB),
    ]


def _run(here: World, argv: Sequence[str]) -> tuple[float, float, str]:
    """Milliseconds, peak memory in MiB, and what it said."""
    started = time.perf_counter()
    process = subprocess.Popen(argv, cwd=here.folder, env=here.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    spent = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0
    return 1000 * spent, usage.ru_maxrss / 1024, said
