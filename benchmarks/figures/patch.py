"""The patch engine on a file of 5.3 MB and 200,000 lines: a hit near its end, a fuzzy hit, and a miss."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agent.edits.errors import EditError
from agent.edits.propose import propose
from agent.files.workspace import Workspace
from benchmarks.row import Row, against

LINES = 200_000
AT = LINES - 1_000
MARK = 4.0


def measure(runs: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "big.py")
        path.write_text("".join(f"value_{n} = step({n % 997})\n" for n in range(LINES)))
        floor = [_ms(lambda: path.read_bytes().decode().split("\n")) for _ in range(runs)]
        with Workspace.open(Path(place)) as workspace:
            rows = []
            for name, patch in patches().items():
                costs = [_ms(lambda patch=patch: _propose(patch, workspace)) for _ in range(runs)]
                rows.append(against(f"patch in 200,000 lines, {name}: CPU ms", costs, floor, MARK))
            _check(workspace)
            return rows


def patches() -> dict[str, str]:
    def lines(prefix: str, blank: str = "") -> str:
        context = [f" value_{n} = step({n % 997}){blank}" for n in (AT - 2, AT - 1)]
        return "\n".join(
            [
                "*** Begin Patch",
                "*** Update File: big.py",
                "@@",
                *context,
                f"-{prefix}value_{AT} = step({AT % 997}){blank}",
                f"+{prefix}value_{AT} = step(0)",
                "*** End Patch",
                "",
            ]
        )

    return {"hit near the end": lines(""), "fuzzy hit": lines("", blank="  "), "miss": lines("no_")}


def _propose(patch: str, workspace: Workspace) -> None:
    try:
        propose(patch, workspace)
    except EditError as error:
        if error.kind != "context_not_found" or "no_value" not in patch:
            raise


def _check(workspace: Workspace) -> None:
    """Both hits change the one line and nothing else."""
    for name in ("hit near the end", "fuzzy hit"):
        (change,) = propose(patches()[name], workspace).changes
        assert change.before is not None
        assert change.after is not None
        before, after = change.before.splitlines(), change.after.splitlines()
        assert [n for n in range(LINES) if before[n] != after[n]] == [AT]


def _ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)
