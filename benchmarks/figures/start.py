"""From exec to a composer that echoes a key, and what the program costs while nobody does anything."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benchmarks import processes
from benchmarks.feed import MODEL
from benchmarks.row import Row, against, at_most
from benchmarks.terminal import Terminal
from benchmarks.world import PAINTED, world

START_MARK = 1.35
MEMORY_MARK = 1.8
MEMORY_MIB = 64
SETTLED_SECONDS = 1.5


@dataclass(slots=True)
class Facts:
    """Milliseconds from exec to the first paint and to the first echo, CPU milliseconds until then, and MiB at rest."""

    painted: list[float] = field(default_factory=list[float])
    echoed: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    memory: list[float] = field(default_factory=list[float])


def measure(runs: int) -> list[Row]:
    """Both programs take turns, so that a busy moment of the machine meets both."""
    ours, bare = Facts(), Facts()
    with world() as here:
        for number in range(runs + 1):  # the first of each compiles and warms the disk
            with here.program("bare") as terminal:
                _start(terminal, bare if number else Facts())
            with here.oss_tui() as terminal:
                _start(terminal, ours if number else Facts())
                if number == runs:
                    _check(terminal)
    return [
        against("start: exec to a key's echo, ms", ours.echoed, bare.echoed, START_MARK),
        against("start: exec to first paint, ms", ours.painted, bare.painted, START_MARK),
        against("start: CPU ms until a key's echo", ours.cpu, bare.cpu, START_MARK),
        against("idle memory, MiB, to a bare app", ours.memory, bare.memory, MEMORY_MARK),
        at_most("idle memory, MiB", ours.memory, MEMORY_MIB),
    ]


def _start(terminal: Terminal, facts: Facts) -> None:
    painted = terminal.wait_for(PAINTED)
    echo = terminal.echo()
    facts.cpu.append(1000 * processes.cpu_seconds(terminal.pid))
    facts.painted.append(1000 * (painted - terminal.started))
    facts.echoed.append(1000 * (painted - terminal.started) + echo)
    time.sleep(SETTLED_SECONDS)
    facts.memory.append(processes.resident_mib(terminal.pid))


def _check(terminal: Terminal) -> None:
    """What a person sees after the start: who answers, and how much it can hold."""
    terminal.expect(MODEL)
    terminal.expect("131k")
