"""The trap of an open paragraph: 3,000 chunks at once in one of them, against the same text cut into fifty."""

from __future__ import annotations

from benchmarks.row import Row, against
from benchmarks.talk import ask, open_program
from benchmarks.world import world

CHUNKS = 3_000
MARK = 1.5


def measure(runs: int) -> list[Row]:
    costs: dict[str, list[float]] = {"paragraph": [], "paragraphs": []}
    times: dict[str, list[float]] = {"paragraph": [], "paragraphs": []}
    with world() as here, open_program(here, "oss_tui") as terminal:
        ask(terminal, "tokens=300")
        for _ in range(runs):
            for shape in costs:
                asked = ask(terminal, f"shape={shape} tokens={CHUNKS}")
                costs[shape].append(1000 * asked.cpu)
                times[shape].append(1000 * asked.seconds)
        ask(terminal, f"shape=paragraph tokens={CHUNKS}")
        terminal.expect("which is why it works")
    return [
        against("one paragraph of 3,000 chunks, CPU ms", costs["paragraph"], costs["paragraphs"], MARK),
        against("one paragraph of 3,000 chunks, ms to its end", times["paragraph"], times["paragraphs"], MARK),
    ]
