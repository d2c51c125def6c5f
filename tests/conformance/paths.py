"""The real path rules and the real apply layer behind two plain functions, and one case of the path corpus.

Adds no rule of its own: whatever is refused here is refused by `agent.files.workspace` or `agent.edits`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.edits.apply import apply as apply_proposal
from agent.edits.draft import Draft
from agent.edits.errors import ApplyError, EditError
from agent.edits.journal import ChangeStore
from agent.edits.proposal import Proposal
from agent.files.workspace import Workspace, WorkspaceError

Case = dict[str, Any]


class Refused(Exception):
    """The engine does not do this; the message is its own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be applied, bound to the bytes and the folder that were looked at."""

    workspace: Workspace
    proposal: Proposal
    store: Path


def plan(workspace: str | Path, home: str | Path, changes: Sequence[Case]) -> Plan:
    """Look at the files and prepare all changes, writing nothing. Raises Refused.

    A change is `{path, op}` with op create (`content`), edit (`find`, `replace` or `content`), delete, rename (`to`)
    or symlink (`target`), which the engine does not offer.
    """
    opened = Workspace.open(Path(workspace), home=Path(home))
    try:
        draft = Draft(opened)
        for change in changes:
            _draft(draft, change)
        proposal = Proposal("plan", draft.changes())
    except (EditError, WorkspaceError) as error:
        opened.close()
        raise Refused(str(error)) from error
    except BaseException:
        opened.close()
        raise
    return Plan(opened, proposal, Path(tempfile.mkdtemp(prefix="conformance-store-")))


def apply(prepared: Plan) -> None:
    """Write a plan, all of it or nothing. Raises Refused. A plan is applied once."""
    try:
        apply_proposal(prepared.proposal, prepared.workspace, ChangeStore(prepared.store))
    except ApplyError as error:
        raise Refused(str(error)) from error
    finally:
        prepared.workspace.close()
        shutil.rmtree(prepared.store, ignore_errors=True)


def _draft(draft: Draft, change: Case) -> None:
    path = change["path"]
    match change["op"]:
        case "create":
            draft.create(path, change.get("content", "").encode())
        case "edit":
            draft.write(path, _edited(draft.read(path), change))
        case "delete":
            draft.delete(path)
        case "rename":
            draft.move(path, change["to"])
        case "symlink":
            raise Refused("links are not made: no patch can say so")
        case other:
            raise Refused(f"the engine has no operation {other!r}")


def _edited(data: bytes, change: Case) -> bytes:
    if "find" not in change:
        return change["content"].encode()
    find = change["find"].encode()
    if find not in data:
        raise Refused(f"{change['path']} does not hold {change['find']!r}")
    return data.replace(find, change.get("replace", "").encode(), 1)


# ── one case of tests/corpora/paths.jsonl ────────────────────────────────────


def run(case: Case) -> str | None:
    """None when the case passes, else the reason in one line. The form of a case is in tests/corpora/README.md."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        base = Path(folder).resolve()
        home, outside = base / "home", base / "outside"
        root = home if case.get("workspace") == "home" else base / "ws"
        for made in (home, outside, root, base / "ws-evil"):
            made.mkdir(exist_ok=True)
        (outside / "secret.txt").write_text("secret\n")
        names = {"{root}": str(root), "{home}": str(home), "{outside}": str(outside)}
        _arrange(base, _filled(case.get("before", []), names))
        try:
            return _checked(_filled(case, names), root, home, base)
        finally:
            _open_folders(root)


def _checked(case: Case, root: Path, home: Path, base: Path) -> str | None:
    untouched = _hashes(base, besides=root)
    before = _hashes(root)
    try:
        prepared = plan(root, home, case["changes"])
        _arrange(base, case.get("between", []))
        if case.get("between"):
            untouched, before = _hashes(base, besides=root), _hashes(root)
        apply(prepared)
        outcome, reason = "applied", ""
        warnings = [warning for change in prepared.proposal.changes for warning in change.warnings]
    except Refused as error:
        outcome, reason, warnings = "refused", str(error), []
    if _hashes(base, besides=root) != untouched:
        return "something outside the workspace changed"
    if outcome != case["expected"]:
        return f"expected {case['expected']}, got {outcome} {reason}"
    if outcome == "refused" and _hashes(root) != before:
        return "refused, but the workspace changed"
    if "warns" in case and not any(case["warns"] in warning for warning in warnings):
        return f"no warning about {case['warns']!r}, only {warnings}"
    for path, content in case.get("files", {}).items():
        if (root / path).read_text() != content:
            return f"{path} holds {(root / path).read_text()!r}"
    return None


def _filled(value: Any, names: dict[str, str]) -> Any:
    """The case with the places of this run in its strings."""
    if isinstance(value, str):
        for name, place in names.items():
            value = value.replace(name, place)
        return value
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, names) for key, item in value.items()}
    return value


def _arrange(base: Path, steps: Sequence[Case]) -> None:
    """Set up files, links and odd things; paths are below the folder that holds workspace, home and outside."""
    for step in steps:
        path = base / step["path"]
        if step["do"] != "chmod":
            path.parent.mkdir(parents=True, exist_ok=True)
        match step["do"]:
            case "write":
                path.write_bytes(step.get("content", "old\n").encode())
            case "bytes":
                path.write_bytes(bytes.fromhex(step["hex"]))
            case "folder":
                path.mkdir(parents=True, exist_ok=True)
            case "link":
                path.symlink_to(step["target"])
            case "hardlink":
                path.hardlink_to(base / step["target"])
            case "remove":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            case "rename":
                path.rename(base / step["to"])
            case "fifo":
                os.mkfifo(path)
            case "socket":
                with socket.socket(socket.AF_UNIX) as made:
                    _bind(made, path)
            case "sparse":
                with path.open("wb") as file:
                    file.truncate(step["size"])
            case "chmod":
                path.chmod(step["mode"])
            case other:
                raise ValueError(f"a case asks for {other!r}")


def _open_folders(root: Path) -> None:
    """Take back read-only folders, so that the temporary folder can go."""
    for folder, folders, _ in os.walk(root):
        for name in folders:
            if not Path(folder, name).is_symlink():
                Path(folder, name).chmod(0o755)


def _bind(made: socket.socket, path: Path) -> None:
    """Socket paths are short: bind from the folder itself."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        made.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def _hashes(base: Path, besides: Path | None = None) -> dict[str, str]:
    """Every name below `base` with what it is: a link's target, or the hash of a file's bytes."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(base):
        if besides is not None:
            folders[:] = [name for name in folders if Path(folder, name) != besides]
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink():
                found[str(path)] = f"-> {path.readlink()}"
            elif path.is_file() and path.stat().st_size < 1 << 24:
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                found[str(path)] = oct(path.lstat().st_mode)
    return found
