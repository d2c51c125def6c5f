"""What a streamed token costs on the screen, with little and with much standing above it, and how keys fare meanwhile.

The whole program in a terminal, a feed at a set rate, against a bare app that counts the same feed.
"""

from __future__ import annotations

import time

from benchmarks.row import Row, against, at_most
from benchmarks.sample import markdown
from benchmarks.talk import ask, open_program, p50, p99
from benchmarks.terminal import Terminal
from benchmarks.world import World, world

TOKENS, KEY_TOKENS = 900, 450
RATE = 300
ABOVE = (0, 10_000, 50_000)
MARK = 3.5
VOCABULARY_SECONDS = 1.0
"""The first question loads the vocabulary in a thread; that is no part of a token."""

SAME = 1.15
ECHO_P50, ECHO_P99 = 6.0, 30.0


def measure(runs: int) -> list[Row]:
    with world() as here:
        floor, floor_echoes = _runs(here, "null_consumer", 300, runs)
        costs: dict[int, list[float]] = {}
        echoes: dict[int, list[float]] = {}
        for above in ABOVE:
            costs[above], echoes[above] = _oss_tui(here, above, runs)
    rows = [
        against(f"streaming 300/s after {above:,} tokens, CPU ms a token", costs[above], floor, MARK) for above in ABOVE
    ]
    rows += [
        against(f"streaming after {above:,} tokens, to after none", costs[above], costs[0], SAME) for above in ABOVE[1:]
    ]
    for above in ABOVE:
        rows += [
            at_most(
                f"key echo at 300/s after {above:,} tokens, p50 ms", p50(echoes[above]), ECHO_P50, p50(floor_echoes)
            ),
            at_most(
                f"key echo at 300/s after {above:,} tokens, p99 ms", p99(echoes[above]), ECHO_P99, p99(floor_echoes)
            ),
        ]
    return rows


def _oss_tui(here: World, above: int, runs: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds a token of each run, and all echoes. With nothing above, each run has a program of its own."""
    if above == 0:
        found = [_runs(here, "oss_tui", 300, 1) for _ in range(runs)]
        return [cost for costs, _ in found for cost in costs], [echo for _, echoes in found for echo in echoes]
    return _runs(here, "oss_tui", above, runs)


def _runs(here: World, kind: str, above: int, runs: int) -> tuple[list[float], list[float]]:
    echoes: list[float] = []
    with open_program(here, kind) as terminal:
        ask(terminal, f"tokens={above}")
        time.sleep(VOCABULARY_SECONDS)
        costs = [1000 * ask(terminal, f"tokens={TOKENS} rate={RATE}").cpu / TOKENS for _ in range(runs)]
        for _ in range(runs):
            echoes += ask(terminal, f"tokens={KEY_TOKENS} rate={RATE}", with_keys=True).echoes
        if kind == "oss_tui":
            check_end(terminal, KEY_TOKENS)
    return costs, echoes


def check_end(terminal: Terminal, tokens: int) -> None:
    """The screen shows the end of the last answer as Markdown: its code, its list, its last section."""
    text = "".join(markdown(tokens, "end"))
    number = text.rpartition("## Part ")[2].partition(":")[0]
    terminal.expect(f"Part {number}: what login does")
    screen = terminal.screen()
    assert "**" not in screen, screen
