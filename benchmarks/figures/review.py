"""The review of 200 hunks in a file of 50,000 lines, against two hunks in 500 lines: open, next hunk, other view."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benchmarks.row import Row, against, at_most
from benchmarks.world import PAINTED, World, world

LARGE, SMALL = (50_000, 200), (500, 2)
MARK = 1.5
OPEN_MS = 150
_SETTLED = 0.6


@dataclass(slots=True)
class Facts:
    """Milliseconds from the key to what it shows."""

    open: list[float] = field(default_factory=list[float])
    hunk: list[float] = field(default_factory=list[float])
    view: list[float] = field(default_factory=list[float])


def measure(runs: int) -> list[Row]:
    facts = {LARGE: Facts(), SMALL: Facts()}
    with world() as here:
        for number in range(runs + 1):
            for size in facts:
                _review(here, size, facts[size] if number else Facts())
    large, small = facts[LARGE], facts[SMALL]
    return [
        against("review of 50,000 lines, 200 hunks: open, ms", large.open, small.open, MARK),
        at_most("review of 50,000 lines, 200 hunks: open, ms alone", large.open, OPEN_MS),
        against("review of 50,000 lines: next hunk, ms", large.hunk, small.hunk, MARK),
        against("review of 50,000 lines: other view, ms", large.view, small.view, MARK),
    ]


def _review(here: World, size: tuple[int, int], facts: Facts) -> None:
    lines, hunks = size
    with here.program("review", str(lines), str(hunks), columns=180) as terminal:
        terminal.wait_for(PAINTED)
        terminal.wait_quiet()
        since, pressed = terminal.written, time.monotonic()
        terminal.type("o")
        facts.open.append(1000 * (terminal.wait_for("compute_anew", since=since) - pressed))
        time.sleep(_SETTLED)
        terminal.wait_quiet()
        for _ in range(2):
            facts.hunk += [terminal.reaction("j"), terminal.reaction("k")]
        facts.view += [terminal.reaction("v") for _ in range(2)]
        first = lines // hunks // 2
        terminal.expect(f"compute_anew({first}")
