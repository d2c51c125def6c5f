"""`python -m benchmarks [NAME …]`: run the figures, print the table, write the JSON, compare with the baseline."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from httpx import HTTPError

from benchmarks import report
from benchmarks.row import Row


@dataclass(frozen=True, slots=True)
class Figure:
    """A module of `benchmarks.figures`. `seconds` on a quiet machine, with five runs; `is_quick`: among those that take
    under two minutes together."""

    name: str
    seconds: int
    is_quick: bool = False

    def measure(self, runs: int) -> list[Row]:
        """Raises AssertionError when the program did not do what is measured, TimeoutError when it takes too long."""
        with _limit(_PATIENCE * self.seconds * max(1, runs // 5)):
            return import_module(f"benchmarks.figures.{self.name}").measure(runs)


FIGURES = (
    Figure("start", 25, is_quick=True),
    Figure("idle", 40),
    Figure("exec", 10, is_quick=True),
    Figure("streaming", 150),
    Figure("flood", 45),
    Figure("paragraph", 20),
    Figure("transcript", 50),
    Figure("review", 50),
    Figure("patch", 5, is_quick=True),
    Figure("decode", 15, is_quick=True),
    Figure("long_decode", 25),
    Figure("tokens", 10, is_quick=True),
    Figure("turn", 15, is_quick=True),
    Figure("fuzzy", 10, is_quick=True),
)
_PATIENCE = 4
"""How much longer than on a quiet machine a figure may take before it is given up."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(figure.name for figure in FIGURES)], help="all when none")
    parser.add_argument("--quick", action="store_true", help="those that take under two minutes together")
    parser.add_argument("--runs", type=int, default=5, help="repetitions, of which the median is told (5)")
    parser.add_argument("--json", type=Path, default=report.RESULTS, metavar="FILE", help="where the JSON goes")
    parser.add_argument("--save-baseline", action="store_true", help="keep this run to compare later ones with")
    asked = parser.parse_args()
    chosen = [
        figure
        for figure in FIGURES
        if (figure.name in asked.names if asked.names else figure.is_quick or not asked.quick)
    ]
    rows: list[Row] = []
    broken: dict[str, str] = {}
    for number, figure in enumerate(chosen, start=1):
        _tell(f"{number}/{len(chosen)} {figure.name} (about {figure.seconds} s) …")
        started = time.monotonic()
        try:
            rows += figure.measure(asked.runs)
        except (AssertionError, OSError, HTTPError) as error:
            broken[figure.name] = f"{type(error).__name__}: {error}"
        _tell(f" {'broken off after ' * (figure.name in broken)}{time.monotonic() - started:.0f} s\n")
        report.write(rows, asked.json, asked.runs, broken)  # now, so that a run that is ended early leaves something
    print(report.table(rows, broken))
    for line in report.worse(rows, report.BASELINE):
        print(f"worse than the baseline: {line}")
    if asked.save_baseline:
        report.write(rows, report.BASELINE, asked.runs, broken)
    if broken:
        sys.exit("\n".join(f"{name}: {why}" for name, why in broken.items()))


@contextmanager
def _limit(seconds: int) -> Generator[None]:
    """Raise TimeoutError in what is done here when it takes longer."""

    def over(number: int, frame: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _tell(words: str) -> None:
    print(words, end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
