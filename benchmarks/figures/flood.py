"""Faster than anyone reads: 1,000 tokens a second, and as many as come. Does it keep up, do keys get through?"""

from __future__ import annotations

from benchmarks.figures.streaming import ECHO_P50, ECHO_P99, check_end
from benchmarks.row import Row, against, at_most
from benchmarks.talk import ask, open_program, p50, p99
from benchmarks.world import world

FAST, FAST_TOKENS = 1_000, 3_000
UNLIMITED_TOKENS = 10_000
KEEPS_UP = 1.1


def measure(runs: int) -> list[Row]:
    fast, fast_echoes, flood, flood_echoes, null_flood = [], [], [], [], []
    with world() as here:
        with open_program(here, "null_consumer") as terminal:
            null_flood = [ask(terminal, f"tokens={UNLIMITED_TOKENS}").cpu for _ in range(runs)]
        with open_program(here, "oss_tui") as terminal:
            ask(terminal, "tokens=300")
            for _ in range(runs):
                asked = ask(terminal, f"tokens={FAST_TOKENS} rate={FAST}", with_keys=True)
                fast.append(asked.seconds)
                fast_echoes += asked.echoes
                flood.append(ask(terminal, f"tokens={UNLIMITED_TOKENS}").cpu)  # no keys, as the floor has none
                flood_echoes += ask(terminal, f"tokens={UNLIMITED_TOKENS}", with_keys=True).echoes
            check_end(terminal, UNLIMITED_TOKENS)
    return [
        against("1,000/s: seconds for 3,000 tokens", fast, FAST_TOKENS / FAST, KEEPS_UP),
        at_most("key echo at 1,000/s, p50 ms", p50(fast_echoes), ECHO_P50),
        at_most("key echo at 1,000/s, p99 ms", p99(fast_echoes), ECHO_P99),
        against("unlimited: CPU s for 10,000 tokens", flood, null_flood, 3.5),
        at_most("key echo at unlimited, p50 ms", p50(flood_echoes), ECHO_P50),
        at_most("key echo at unlimited, p99 ms", p99(flood_echoes), ECHO_P99),
    ]
