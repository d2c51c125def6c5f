"""Undo and redo of what was applied, whole or by file, and what the session changed so far.

Goes through apply, so it is as atomic, and as careful about files that changed since. Blocks on the disk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from agent.edits.apply import Change, transact
from agent.edits.diff import diff_texts
from agent.edits.errors import Stale, UndoRefused
from agent.edits.journal import ChangeStore, FileStep, Transaction
from agent.edits.proposal import FileChange, Operation, Proposal
from agent.files.workspace import Workspace
from backends.frozen import frozen


@frozen
class StepFile:
    """A file of an applied step. `path` is what it was called before."""

    path: str
    target: str
    operation: Operation
    is_undone: bool


@frozen
class Step:
    """An applied proposal. `time` in seconds since the epoch."""

    undo_id: str
    time: float
    files: tuple[StepFile, ...]

    @property
    def is_undone(self) -> bool:
        return all(file.is_undone for file in self.files)


def history(store: ChangeStore) -> tuple[Step, ...]:
    """The steps of this session, oldest first, undone ones included."""
    done = store.done()
    return tuple(_step(transaction, done) for transaction in done if transaction.kind == "apply")


def undo(
    store: ChangeStore, undo_id: str, workspace: Workspace, paths: Collection[str] | None = None
) -> tuple[str, ...]:
    """Bring back the bytes from before a step, for all its files or for `paths`; returns the paths that changed.

    Raises UndoRefused when a file was changed since, or there is nothing to undo; Busy and WriteFailed as in apply.
    """
    return _turn("undo", store, undo_id, workspace, paths)


def redo(
    store: ChangeStore, undo_id: str, workspace: Workspace, paths: Collection[str] | None = None
) -> tuple[str, ...]:
    """Make an undone step again, under the same conditions as undo."""
    return _turn("redo", store, undo_id, workspace, paths)


def session_changes(store: ChangeStore) -> Proposal:
    """Everything the session changed and did not undo, as one proposal from the first bytes to the last.

    Raises OSError when kept bytes are gone.
    """
    origin: dict[str, tuple[str, str]] = {}  # path now: the path and the hash before the session touched it
    latest: dict[str, str] = {}
    for transaction in store.done():
        for step in transaction.files:
            first = origin.pop(step.path, (step.path, step.before_sha256))
            latest.pop(step.path, None)
            if step.is_move:
                origin[step.target] = first
            else:
                origin[step.path] = first
            latest[step.target] = step.after_sha256
    changes = [_net_change(*origin[path], path, latest[path], store) for path in origin]
    return Proposal("session", tuple(change for change in changes if change is not None))


# ── one step ─────────────────────────────────────────────────────────────────


def _turn(
    kind: Literal["undo", "redo"],
    store: ChangeStore,
    undo_id: str,
    workspace: Workspace,
    paths: Collection[str] | None,
) -> tuple[str, ...]:
    done = store.done()
    applied = next((found for found in done if found.id == undo_id and found.kind == "apply"), None)
    if applied is None:
        raise UndoRefused(f"there is no step {undo_id} in this session")
    files = [file for file in applied.files if paths is None or file.path in paths or file.target in paths]
    wanted = [file for file in files if _is_undone(file, applied, done) == (kind == "redo")]
    if not wanted:
        state = "undone" if kind == "undo" else "in place"
        raise UndoRefused(
            f"nothing to {kind}: {'these files are' if files else 'the step has no such file, or is'} {state}"
        )
    chain = [found for found in done if found.of == undo_id]
    changes = [_change(file, applied, store, backwards=kind == "undo") for file in wanted]
    try:
        transact(
            kind,
            changes,
            {},
            workspace,
            store,
            of=undo_id,
            old_folders=_folders(chain) if kind == "undo" else (),
        )
    except Stale as error:
        raise UndoRefused(f"{error}; nothing was {'undone' if kind == 'undo' else 'made again'}") from error
    return tuple(change.target for change in changes)


def _change(file: FileStep, applied: Transaction, store: ChangeStore, *, backwards: bool) -> Change:
    if backwards:
        data = store.load(file.before_sha256, applied.session) if file.before_sha256 else None
        return Change(file.target, file.path, file.after_sha256, data, file.old_mode)
    data = store.load(file.after_sha256, applied.session) if file.after_sha256 else None
    return Change(file.path, file.target, file.before_sha256, data, file.mode)


def _folders(chain: Iterable[Transaction]) -> tuple[str, ...]:
    """What the step and its redos made, outermost first."""
    return tuple(sorted({folder for transaction in chain for folder in transaction.folders}))


def _is_undone(file: FileStep, applied: Transaction, done: Iterable[Transaction]) -> bool:
    state = False
    for transaction in done:
        if transaction.of != applied.id or transaction.kind == "apply":
            continue
        for step in transaction.files:
            if {step.path, step.target} == {file.path, file.target}:
                state = transaction.kind == "undo"
    return state


def _step(transaction: Transaction, done: Iterable[Transaction]) -> Step:
    return Step(
        transaction.id,
        transaction.time,
        tuple(
            StepFile(file.path, file.target, _operation(file), _is_undone(file, transaction, done))
            for file in transaction.files
        ),
    )


def _operation(file: FileStep) -> Operation:
    if not file.before_sha256:
        return "create"
    if not file.after_sha256:
        return "delete"
    return "move" if file.is_move else "edit"


def _net_change(path: str, before_sha256: str, target: str, after_sha256: str, store: ChangeStore) -> FileChange | None:
    if path == target and before_sha256 == after_sha256:
        return None
    if not before_sha256 and not after_sha256:
        return None
    before = store.load(before_sha256, store.session) if before_sha256 else None
    after = store.load(after_sha256, store.session) if after_sha256 else None
    hunks = diff_texts((before or b"").decode(), (after or b"").decode())
    return FileChange(target if before is None else path, target if after is not None else path, before, after, hunks)
