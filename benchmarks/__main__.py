"""`python -m benchmarks [NAME …]`: run the figures, print the table, write the JSON, compare with the baseline."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks import report
from benchmarks.row import Row


@dataclass(frozen=True, slots=True)
class Figure:
    """A module of `benchmarks.figures`. `is_quick`: among those that take under two minutes together."""

    name: str
    is_quick: bool = False

    def measure(self, runs: int) -> list[Row]:
        return import_module(f"benchmarks.figures.{self.name}").measure(runs)


FIGURES = (
    Figure("start", is_quick=True),
    Figure("idle"),
    Figure("exec", is_quick=True),
    Figure("streaming"),
    Figure("flood"),
    Figure("paragraph"),
    Figure("transcript"),
    Figure("review"),
    Figure("patch", is_quick=True),
    Figure("decode", is_quick=True),
    Figure("long_decode"),
    Figure("tokens", is_quick=True),
    Figure("turn", is_quick=True),
    Figure("fuzzy", is_quick=True),
)


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
    broken: list[str] = []
    for figure in chosen:
        started = time.monotonic()
        try:
            rows += figure.measure(asked.runs)
        except AssertionError as error:
            broken.append(f"{figure.name}: what it showed was wrong: {error}")
        print(f"{figure.name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(report.table(rows))
    report.write(rows, asked.json, asked.runs)
    for line in report.worse(rows, report.BASELINE):
        print(f"worse than the baseline: {line}")
    if asked.save_baseline:
        report.write(rows, report.BASELINE, asked.runs)
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
