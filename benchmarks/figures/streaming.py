"""What a streamed token costs on the screen, with little and with much standing above it, and how keys fare meanwhile.

The whole program in a terminal, a feed at a set rate, against a bare app that counts the same feed.
"""

from __future__ import annotations

from benchmarks.row import Row, against, at_most
from benchmarks.sample import markdown
from benchmarks.talk import ask, open_program, p50, p99
from benchmarks.terminal import Terminal
from benchmarks.world import World, world

TOKENS = 1_200
RATE = 300
ABOVE = (0, 10_000, 50_000)
MARK = 3.5
SAME = 1.15
ECHO_P50, ECHO_P99 = 6.0, 30.0


def measure(runs: int) -> list[Row]:
    with world() as here:
        floor, floor_echoes = _program(here, "null_consumer", 0, runs)
        costs: dict[int, list[float]] = {}
        echoes: dict[int, list[float]] = {}
        for above in ABOVE:
            costs[above], echoes[above] = _program(here, "oss_tui", above, runs)
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


def _program(here: World, kind: str, above: int, runs: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds a token of each run, and all echoes."""
    costs: list[float] = []
    echoes: list[float] = []
    order = f"tokens={TOKENS} rate={RATE}"
    with open_program(here, kind) as terminal:
        ask(terminal, f"tokens={max(above, 300)}")
        for _ in range(runs):
            costs.append(1000 * ask(terminal, order).cpu / TOKENS)
            if not above:
                new_conversation(terminal, kind)
        for _ in range(runs):
            echoes += ask(terminal, order, with_keys=True).echoes
        if kind == "oss_tui":
            check_end(terminal)
    return costs, echoes


def new_conversation(terminal: Terminal, kind: str = "oss_tui") -> None:
    """Let what stands on the screen go."""
    if kind == "oss_tui":
        terminal.type("/new\r")
        terminal.wait_quiet(0.4)


def check_end(terminal: Terminal) -> None:
    """The screen shows the end of the last answer as Markdown: its code, its list, its last section."""
    text = "".join(markdown(TOKENS, "end"))
    number = text.rpartition("## Part ")[2].partition(":")[0]
    screen = terminal.screen()
    assert f"Part {number}: what login does" in screen, screen
    assert "**" not in screen, screen
