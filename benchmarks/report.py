"""What a run tells: the table, the JSON with machine and versions, and what got worse since the baseline."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from benchmarks.row import Row

RESULTS = Path(__file__).with_name("results.json")
BASELINE = Path(__file__).with_name("baseline.json")
WORSE = 1.15
"""A ratio that grew by more is named; machines differ and are noisy, so nothing fails by it."""

_LIBRARIES = ("textual", "httpx", "markdown-it-py", "pygments", "tiktoken")


def table(rows: Sequence[Row], broken: Mapping[str, str] | None = None) -> str:
    """The rows for a terminal, a mark in front of each that misses its own; figures that broke off, and why, last."""
    heads = ("", "figure", "value", "floor", "ratio", "mark")
    cells = [
        ("" if row.ok else "✗", row.name, _number(row.value), _number(row.floor), _times(row.ratio), _mark(row))
        for row in rows
    ]
    cells += [("✗", f"{name}: {why.splitlines()[0][:60]}", "–", "", "", "") for name, why in (broken or {}).items()]
    widths = [max(len(line[i]) for line in (heads, *cells)) for i in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in (heads, *cells)
    )


def write(rows: Iterable[Row], path: Path, runs: int, broken: Mapping[str, str] | None = None) -> None:
    """Write rows with what they were measured on, and the figures that broke off."""
    facts: dict[str, object] = {"machine": machine(), "versions": versions(), "runs": runs}
    facts |= {"broken": dict(broken)} if broken else {}
    facts |= {"rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def worse(rows: Iterable[Row], baseline: Path) -> list[str]:
    """One line for each figure that got worse than in `baseline` by more than the noise of a quiet machine."""
    if not baseline.exists():
        return []
    known: list[Mapping[str, float | str | None]] = json.loads(baseline.read_text(encoding="utf-8"))["rows"]
    before = {str(row["name"]): row["value"] if row["ratio"] is None else row["ratio"] for row in known}
    return [
        f"{row.name}: {before[row.name]} → {row.measure}"
        for row in rows
        if isinstance(was := before.get(row.name), int | float) and was > 0 and _got_worse(row, float(was))
    ]


def _got_worse(row: Row, was: float) -> bool:
    is_floor_mark = row.ratio is None and row.name.endswith("at least")
    return row.measure < was / WORSE if is_floor_mark else row.measure > was * WORSE


def machine() -> dict[str, str | int]:
    """What the figures were measured on, without anything personal."""
    return {"system": platform.system(), "arch": platform.machine(), "cores": os.cpu_count() or 0, "cpu": _cpu()}


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _LIBRARIES}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f} ×"


def _mark(row: Row) -> str:
    if row.ratio is not None:
        return f"≤ {row.mark:g} ×"
    return f"{'≥' if row.name.endswith('at least') else '≤'} {row.mark:g}"
