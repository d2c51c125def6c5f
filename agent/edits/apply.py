"""Writes an approved proposal: all of it or nothing, only onto the bytes that were shown, and each file whole.

The one way by which files of the workspace change; undo and redo come through here too. Blocks on the disk: call it in
a thread.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress

from agent.edits.disk import Disk
from agent.edits.errors import Stale, TakeBackFailed, WriteFailed
from agent.edits.folders import Folders, hash_of
from agent.edits.journal import ChangeStore, FileStep, Transaction, TransactionKind
from agent.edits.proposal import FileChange, Proposal
from agent.edits.recovery import clear_asides, mend, names_of, remove_empty_folders, sync_folders, take_back
from agent.edits.swap import swap_create, swap_delete, swap_edit
from agent.files.workspace import PathRefused, Spot, Workspace, WorkspaceError
from backends.frozen import frozen


@frozen
class Applied:
    """What landed. `paths` as they are named on disk now; `undo_id` names the step for undo."""

    paths: tuple[str, ...]
    undo_id: str


@frozen
class Change:
    """A file from one state to another. A hash is empty, and bytes are None, where there is no file.

    `mode` is for a file that does not exist before; None is the usual mode of a new file.
    """

    path: str
    target: str
    before_sha256: str
    after: bytes | None
    mode: int | None = None


def apply(proposal: Proposal, workspace: Workspace, store: ChangeStore) -> Applied:
    """Write a proposal, with the workspace locked against other instances.

    Raises Stale when anything differs from what the proposal was made from, Busy when another instance is writing,
    WriteFailed when the disk refuses. After each of them the workspace is as it was before.
    """
    changes = [_change(change) for change in proposal.changes]
    before = {change.before_sha256: change.before for change in proposal.changes if change.before is not None}
    transaction = transact("apply", changes, before, workspace, store)
    return Applied(tuple(change.target for change in proposal.changes), transaction.id)


def check(change: FileChange, workspace: Workspace) -> None:
    """Whether a change could be applied as the files are now, which may be otherwise in a moment. Raises Stale."""
    _verified(_change(change), workspace)


def transact(
    kind: TransactionKind,
    changes: Sequence[Change],
    before: dict[str, bytes],
    workspace: Workspace,
    store: ChangeStore,
    *,
    of: str = "",
    old_folders: tuple[str, ...] = (),
) -> Transaction:
    """Make the changes together, under the lock. `before` holds bytes by hash that must be kept. Raises ApplyError."""
    if not workspace.is_same_folder:
        raise Stale("", f"{workspace.root} is no longer the folder that was opened; open it again")
    try:
        with store.lock(workspace.device, workspace.inode):
            mend(store, workspace)
            steps = tuple(_verified(change, workspace) for change in changes)
            for data in (*before.values(), *(change.after for change in changes if change.after is not None)):
                store.save(data)
            transaction = Transaction(
                id=(transaction_id := secrets.token_hex(8)),
                kind=kind,
                of=of or transaction_id,
                session=store.session,
                number=store.next_number(),
                root=str(workspace.root),
                device=workspace.device,
                inode=workspace.inode,
                time=time.time(),
                files=steps,
                folders=_missing_folders(changes, workspace),
                old_folders=old_folders,
            )
            _land(transaction, changes, workspace, store)
            return transaction
    except PathRefused as error:
        raise Stale(error.path, error.reason) from error
    except OSError as error:
        raise WriteFailed(", ".join(change.target for change in changes[:3]), error) from error


def _change(change: FileChange) -> Change:
    return Change(change.path, change.target, change.before_sha256, change.after)


# ── before the first write ───────────────────────────────────────────────────


def _verified(change: Change, workspace: Workspace) -> FileStep:
    """The journal's line for a change whose file is still as it was shown. Raises Stale."""
    mode = old_mode = None
    if change.before_sha256:
        old_mode = _mode_of_unchanged(change.path, change.before_sha256, workspace)
        mode = old_mode
    if change.after is not None and (not change.before_sha256 or change.path != change.target):
        _expect_free(change.target, workspace)
        mode = mode if mode is not None else change.mode
    after = "" if change.after is None else hashlib.sha256(change.after).hexdigest()
    return FileStep(change.path, change.target, change.before_sha256, after, mode, old_mode)


def _mode_of_unchanged(path: str, expected: str, workspace: Workspace) -> int:
    with _checked(path, workspace) as spot:
        if spot.info is None:
            raise Stale(path, "it was removed since it was shown")
        if hash_of(spot.folder, spot.name) != expected:
            raise Stale(path, "it was changed since by another program")
        return stat.S_IMODE(spot.info.st_mode)


def _expect_free(path: str, workspace: Workspace) -> None:
    with _checked(path, workspace) as spot:
        if spot.info is not None:
            raise Stale(path, "there is a file of that name now; nothing is overwritten")


@contextmanager
def _checked(path: str, workspace: Workspace) -> Generator[Spot]:
    """The place of a real path, if it may still be changed and no link has come in its way. Raises Stale."""
    try:
        if workspace.place(path).path != path:
            raise Stale(path, "it has become a link since it was shown")
        with workspace.at(path, follow=False) as spot:
            yield spot
    except PathRefused as error:
        raise Stale(path, error.reason) from error


def _missing_folders(changes: Sequence[Change], workspace: Workspace) -> tuple[str, ...]:
    """The folders that must be made, outermost first."""
    folders: dict[str, None] = {}
    for change in changes:
        if change.after is None:
            continue
        with workspace.at(change.target, follow=False) as spot:
            for depth in range(len(spot.missing), 0, -1):
                folders["/".join(spot.names[:-depth])] = None
    return tuple(folders)


# ── writing ──────────────────────────────────────────────────────────────────


def _land(transaction: Transaction, changes: Sequence[Change], workspace: Workspace, store: ChangeStore) -> None:
    """Write aside, put in place, sync, record; on any failure take everything back. Raises Stale or OSError."""
    with Folders(workspace) as folders:
        try:
            store.begin(transaction)
            _make_folders(transaction, folders, store.disk)
            for number, change in enumerate(changes):
                _write_aside(transaction, number, change, folders, store.disk)
            for number, step in enumerate(transaction.files):
                _put_in_place(transaction, number, step, folders, store.disk)
            _confirm(folders)
            sync_folders(folders, store.disk)
            clear_asides(transaction, folders, store.disk)
            sync_folders(folders, store.disk)
            store.finish(transaction)
        except BaseException as failure:
            try:
                take_back(transaction, folders, workspace, store)
            except (OSError, WorkspaceError) as error:
                raise TakeBackFailed(transaction.files[0].target, error) from failure
            raise
    remove_empty_folders(transaction.old_folders, workspace, store.disk)


def _make_folders(transaction: Transaction, folders: Folders, disk: Disk) -> None:
    for path in transaction.folders:
        parent, name = folders.of(path)
        disk.make_folder(parent, name)
        disk.sync(parent)


def _write_aside(transaction: Transaction, number: int, change: Change, folders: Folders, disk: Disk) -> None:
    """The new bytes, whole and on the medium, beside where they will stand."""
    if change.after is None:
        return
    step = transaction.files[number]
    folder, _ = folders.of(step.target)
    # A file that had a mode stays private until it has it again.
    file = disk.create(folder, transaction.aside(number, "new"), 0o666 if step.mode is None else 0o600)
    try:
        disk.write(file, change.after)
        if step.mode is not None:
            _keep_owner(file, step, folders, disk)
            disk.set_mode(file, step.mode)
        disk.sync(file)
    finally:
        os.close(file)


def _keep_owner(file: int, step: FileStep, folders: Folders, disk: Disk) -> None:
    if not step.before_sha256:
        return
    folder, name = folders.of(step.path)
    was, now = os.lstat(name, dir_fd=folder), os.fstat(file)
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        with suppress(PermissionError):  # another user's file in a shared folder: it becomes ours, as in every editor
            disk.set_owner(file, was.st_uid, was.st_gid)


def _put_in_place(transaction: Transaction, number: int, step: FileStep, folders: Folders, disk: Disk) -> None:
    if step.after_sha256 and (step.is_move or not step.before_sha256):
        swap_create(disk, names_of(transaction, number, step.target, folders))
    elif step.after_sha256:
        at = names_of(transaction, number, step.path, folders)
        swap_edit(disk, at, step.before_sha256, step.after_sha256)
    if step.before_sha256 and (step.is_move or not step.after_sha256):
        swap_delete(disk, names_of(transaction, number, step.path, folders), step.before_sha256)


def _confirm(folders: Folders) -> None:
    """The open folders are still where their paths lead, so nothing was written elsewhere. Raises Stale."""
    moved = folders.moved()
    if moved is not None:
        raise Stale(moved, "the folder was moved while the files were written; nothing was changed")
