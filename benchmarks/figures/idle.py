"""What the program does while nobody asks for anything: nothing. CPU of the whole process tree over half a minute."""

from __future__ import annotations

import time

from benchmarks import processes
from benchmarks.row import Row, at_most
from benchmarks.world import PAINTED, world

SECONDS = 30.0
MARK = 0.5


def measure(runs: int) -> list[Row]:
    """One long look in place of several short ones: the clock of /proc ticks in hundredths of a second."""
    with world() as here, here.oss_tui() as terminal:
        terminal.wait_for(PAINTED)
        terminal.echo()
        time.sleep(4.0)
        written, before = terminal.written, processes.cpu_seconds(terminal.pid)
        time.sleep(SECONDS)
        spent = processes.cpu_seconds(terminal.pid) - before
        assert terminal.process.poll() is None
        return [
            at_most("idle CPU over 30 s, % of a core", 100 * spent / SECONDS, MARK),
            at_most("idle output over 30 s, bytes", terminal.written - written, 0),
        ]
