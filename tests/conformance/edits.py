"""Runs one case of an edit corpus through the real engine: propose against a folder, apply, compare the whole tree."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from agent.edits.apply import apply
from agent.edits.errors import ApplyError, EditError
from agent.edits.journal import ChangeStore
from agent.edits.propose import propose
from agent.files.workspace import Workspace

_ROOT = "/ws/demo"  # what a case calls its workspace when it does not say

Case = dict[str, Any]


def run(case: Case) -> str | None:
    """None when the case passes, else the reason in one line."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        base = Path(folder).resolve()
        root = _lay_out(case, base)
        got = _outcome(case, root, base)
        if "error" in got and _tree(root) != case["files"]:
            return f"refused with {got['error']}, but files changed"
    expected = [case["expected"], *case.get("accept", [])]
    return None if got in expected else f"expected {_brief(case['expected'])}, got {_brief(got)}"


def _lay_out(case: Case, base: Path) -> Path:
    root = base / case.get("root", _ROOT).lstrip("/")
    root.mkdir(parents=True)
    for path, content in case["files"].items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())
    for path, target in case.get("symlinks", {}).items():
        link = root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        if target.startswith("/"):
            target = str(base / target.lstrip("/"))
            Path(target).mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    return root


def _outcome(case: Case, root: Path, base: Path) -> Case:
    # Absolute paths in a case mean its own root, which here lies below a temporary folder.
    text = case["proposal"].replace(case.get("root", _ROOT) + "/", f"{root}/")
    with Workspace.open(root, home=base / "home") as workspace:
        try:
            proposal = propose(text, workspace, finish_reason=case.get("finish_reason", "stop"))
            apply(proposal, workspace, ChangeStore(base / "store"))
        except EditError as error:
            return {"error": error.kind}
        except ApplyError as error:
            return {"error": type(error).__name__}
    return {"files": _tree(root)}


def _tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _brief(outcome: Case) -> str:
    text = repr(outcome)
    return text if len(text) <= 300 else text[:300] + "…"
