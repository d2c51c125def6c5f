"""Asking the feed through a program on a terminal: how long, how much CPU, how quickly keys came back meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count

from benchmarks import processes
from benchmarks.row import percentile
from benchmarks.terminal import ENTER, ERASE_LINE, Terminal
from benchmarks.world import PAINTED, World

_numbers = count(1)
_KEY_SECONDS = 0.06
_SETTLE_SECONDS = 0.25
_TURN_OVER_SECONDS = 0.4
"""Longer than the ticks of a running turn are apart, so that silence means that it is over."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer: seconds until its end was on the screen, CPU seconds of the process tree, bytes written, echoes in
    milliseconds."""

    seconds: float
    cpu: float
    written: int
    echoes: tuple[float, ...]


def open_program(here: World, kind: str) -> Terminal:
    """`oss_tui` or `null_consumer`, ready to be asked."""
    terminal = here.oss_tui() if kind == "oss_tui" else here.program("null_consumer", here.address)
    terminal.wait_for(PAINTED)
    terminal.wait_quiet(0.5)
    return terminal


def ask(terminal: Terminal, order: str, *, with_keys: bool = False, seconds: float = 60.0) -> Asked:
    """Send an order to the feed and wait until its last word is on the screen, pressing keys meanwhile if asked to."""
    number = next(_numbers)
    end = f"Zq{number}"
    typed = terminal.written
    terminal.type(f"feed {order} end={number}")
    terminal.wait_for(f"end={number}", since=typed)
    terminal.wait_quiet(_SETTLE_SECONDS)
    before, written, started = processes.cpu_seconds(terminal.pid), terminal.written, time.monotonic()
    terminal.type(ENTER)
    echoes = _keys(terminal, written, end, started + seconds) if with_keys else ()
    ended = terminal.wait_for(end, since=written, seconds=seconds)
    terminal.wait_quiet(_TURN_OVER_SECONDS)
    asked = Asked(ended - started, processes.cpu_seconds(terminal.pid) - before, terminal.written - written, echoes)
    terminal.type(ERASE_LINE)
    terminal.wait_quiet(_SETTLE_SECONDS)
    return asked


def _keys(terminal: Terminal, since: int, end: str, deadline: float) -> tuple[float, ...]:
    echoes: list[float] = []
    while not terminal.has(end, since=since) and time.monotonic() < deadline:
        echoes.append(terminal.echo())
        if len(echoes) % 40 == 0:
            terminal.type(ERASE_LINE)
        time.sleep(_KEY_SECONDS)
    return tuple(echoes)


def p50(echoes: list[float]) -> float:
    return percentile(echoes, 0.50)


def p99(echoes: list[float]) -> float:
    return percentile(echoes, 0.99)
