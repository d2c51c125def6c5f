"""A stream of a million tokens, decoded: at its end a token costs what it cost at its beginning; nothing piles up."""

from __future__ import annotations

import resource
import time

from backends.decode import JsonLines
from backends.events import TextDelta
from backends.ollama.answer import AnswerReader
from benchmarks.feed import Order, lines
from benchmarks.row import Row, against, at_most

TOKENS, PART = 1_000_000, 20_000
STREAMS = 2
"""Five parts each of the first and the last tenth of a stream make the medians."""

SAME = 1.15
GROWTH_MIB = 64


def measure(runs: int) -> list[Row]:
    part = list(lines(Order(tokens=PART), with_logprobs=True))[:PART]
    first: list[float] = []
    last: list[float] = []
    grown: list[float] = []
    for _ in range(min(runs, STREAMS)):
        before = _peak_mib()
        parts = _decode(part)
        first += parts[: len(parts) // 10]
        last += parts[-(len(parts) // 10) :]
        grown.append(_peak_mib() - before)
    return [
        against("decoding 1,000,000 tokens: CPU ms of 20,000 in the last tenth, to the first", last, first, SAME),
        at_most("decoding 1,000,000 tokens: memory that it adds, MiB", grown, GROWTH_MIB),
    ]


def _decode(part: list[bytes]) -> list[float]:
    """CPU milliseconds of each part of one answer that is the part over and over."""
    objects, reader = JsonLines(), AnswerReader((), "Server")
    wanted = [len(part)] * (TOKENS // len(part))
    spent: list[float] = []
    found: list[int] = []
    for _ in wanted:
        started = time.process_time()
        events = [event for chunk in part for line in objects.feed(chunk) for event in reader.feed(line)]
        spent.append(1000 * (time.process_time() - started))
        found.append(sum(isinstance(event, TextDelta) for event in events))
    assert found == wanted, f"{sum(found)} tokens of {TOKENS} came out"
    return spent


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
