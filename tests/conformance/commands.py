"""The real rule engine for command lines behind one plain function. Adds no rule of its own."""

from __future__ import annotations

import atexit
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

from agent.permissions.command_rules import judge
from agent.permissions.default_rules import DEFAULT_RULES

RULES = (*DEFAULT_RULES, "npm test", "make test")
"""The rules of a case that names none."""


def classify(
    cmd: str, workspace: str | Path, rules: Iterable[str], trusted: bool
) -> Literal["auto", "ask", "ask_strong"]:
    """`rules` are the allowed command beginnings, such as `git status`, `ls`, `rg`, `pytest`."""
    return judge(cmd, Path(workspace), rules, trusted).verdict


def run(case: dict[str, Any]) -> str | None:
    """None when the case passes, else the reason. The form of a case is in tests/corpora/README.md."""
    verdict = classify(case["cmd"], example_workspace(), case.get("rules", RULES), case.get("trusted", True))
    return None if verdict in (case["expected"], *case.get("accept", ())) else f"{case['cmd']!r} is {verdict}"


@cache
def example_workspace() -> Path:
    """A git repository with sources, key files and a link that leads out; one a process."""
    folder = tempfile.TemporaryDirectory(prefix="conformance-")
    atexit.register(folder.cleanup)
    root = Path(folder.name).resolve() / "work"
    for path in ("src/a.py", "tests/test_a.py", "data.csv", ".env", "server.pem"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x\n")
    (root.parent / "elsewhere").write_text("secret")
    (root / "outside").symlink_to(root.parent / "elsewhere")
    subprocess.run(["git", "init", "-q", root], check=True)
    return root
