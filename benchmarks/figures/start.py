"""From exec to a composer that echoes a key, and what the program costs while nobody does anything."""

from __future__ import annotations

import time

from benchmarks import processes
from benchmarks.row import Row, against, at_most
from benchmarks.terminal import Terminal
from benchmarks.world import PAINTED, world

START_MARK = 1.35
MEMORY_MARK = 1.8
MEMORY_MIB = 64
SETTLED_SECONDS = 3.0


def measure(runs: int) -> list[Row]:
    """Both programs take turns, so that a busy moment of the machine meets both."""
    ours, bare, paint, memory, bare_memory = [], [], [], [], []
    with world() as here:
        for number in range(runs + 1):
            with here.program("bare") as terminal:
                started, _ = _start(terminal)
                time.sleep(0.3)
                bare_size = processes.resident_mib(terminal.pid)
            with here.oss_tui() as terminal:
                our_start, painted = _start(terminal)
                if number:
                    time.sleep(SETTLED_SECONDS)
                    memory.append(processes.resident_mib(terminal.pid))
                screen = terminal.screen() if number == runs else "feed:latest 131k"
                assert "feed:latest" in screen
                assert "131k" in screen, screen
            if number:  # the first of each compiles and warms the disk
                bare.append(started)
                ours.append(our_start)
                paint.append(painted)
                bare_memory.append(bare_size)
    return [
        against("start: exec to a key's echo, ms", ours, bare, START_MARK),
        against("start: exec to first paint, ms", paint, bare, START_MARK),
        against("idle memory, MiB, to a bare app", memory, bare_memory, MEMORY_MARK),
        at_most("idle memory, MiB", memory, MEMORY_MIB),
    ]


def _start(terminal: Terminal) -> tuple[float, float]:
    """Milliseconds from exec to the first echo, and to the first paint."""
    painted = terminal.wait_for(PAINTED)
    echo = terminal.echo()
    return 1000 * (painted - terminal.started) + echo, 1000 * (painted - terminal.started)
