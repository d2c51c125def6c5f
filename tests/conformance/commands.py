"""The real rule engine for command lines behind one plain function. Adds no rule of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from agent.command_rules import judge


def classify(
    cmd: str, workspace: str | Path, rules: Iterable[str], trusted: bool
) -> Literal["auto", "ask", "ask_strong"]:
    """`rules` are the allowed command beginnings, such as `git status`, `ls`, `rg`, `pytest`."""
    return judge(cmd, Path(workspace), rules, trusted).verdict
