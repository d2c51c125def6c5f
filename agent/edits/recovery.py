"""Takes back a transaction that did not land whole, at once or at the next start: all old, or all new.

Works from the journal and the kept bytes alone, and may be interrupted and run again. Bytes that are neither the old
nor the new ones are someone else's and stay.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

from agent.edits.disk import Disk
from agent.edits.folders import ODD, Folders, hash_of
from agent.edits.journal import ChangeStore, FileStep, Transaction
from agent.edits.swap import Names, put_back
from agent.files.workspace import PathRefused, Workspace
from backends.frozen import frozen


@frozen
class Recovered:
    """An interrupted transaction: `completed` when all of it had landed, else `taken_back`. `paths` as proposed.

    `blocked`: a link or a special file stands in the way now; the journal stays for the next time.
    """

    outcome: Literal["completed", "taken_back", "blocked"]
    paths: tuple[str, ...]
    undo_id: str


def recover(store: ChangeStore, workspace: Workspace) -> tuple[Recovered, ...]:
    """Mend what a crash left in this workspace; call it when the workspace is opened. Raises Busy and OSError."""
    with store.lock(workspace.device, workspace.inode):
        return mend(store, workspace)


def mend(store: ChangeStore, workspace: Workspace) -> tuple[Recovered, ...]:
    """The same, for a caller that holds the lock: whatever is pending then belongs to a dead process."""
    return tuple(
        _mended(transaction, workspace, store) for transaction in store.pending() if _is_here(transaction, workspace)
    )


def take_back(transaction: Transaction, folders: Folders, workspace: Workspace, store: ChangeStore) -> None:
    """Restore the old state of every file of a transaction, and forget it. Raises OSError and WorkspaceError."""
    for number, step in reversed(list(enumerate(transaction.files))):
        _take_back(transaction, number, step, folders, store)
    sync_folders(folders, store.disk)
    clear_asides(transaction, folders, store.disk)
    sync_folders(folders, store.disk)
    remove_empty_folders(transaction.folders, workspace, store.disk)
    store.drop(transaction)


def _is_here(transaction: Transaction, workspace: Workspace) -> bool:
    # Device numbers may change with a restart of the machine, paths with a rename of the folder.
    is_same = (transaction.device, transaction.inode) == (workspace.device, workspace.inode)
    return is_same or transaction.root == str(workspace.root)


def _mended(transaction: Transaction, workspace: Workspace, store: ChangeStore) -> Recovered:
    paths = tuple(step.target for step in transaction.files)
    with Folders(workspace) as folders:
        try:
            if not all(_has_landed(step, folders) for step in transaction.files):
                take_back(transaction, folders, workspace, store)
                return Recovered("taken_back", paths, transaction.id)
        except PathRefused:
            return Recovered("blocked", paths, transaction.id)
        clear_asides(transaction, folders, store.disk)
        sync_folders(folders, store.disk)
    store.finish(transaction)
    remove_empty_folders(transaction.old_folders, workspace, store.disk)
    return Recovered("completed", paths, transaction.id)


def _has_landed(step: FileStep, folders: Folders) -> bool:
    if step.after_sha256 and _hash(step.target, folders) != step.after_sha256:
        return False
    is_removed = step.is_move or not step.after_sha256
    return not (step.before_sha256 and is_removed and _hash(step.path, folders) is not None)


def _hash(path: str, folders: Folders) -> str | None:
    try:
        return hash_of(*folders.of(path))
    except FileNotFoundError:
        return None


# ── one file ─────────────────────────────────────────────────────────────────


def _take_back(transaction: Transaction, number: int, step: FileStep, folders: Folders, store: ChangeStore) -> None:
    is_edit = bool(step.before_sha256 and step.after_sha256) and not step.is_move
    if is_edit:
        _restore_edited(names_of(transaction, number, step.path, folders), step, transaction, store)
        return
    if step.before_sha256:
        _restore_deleted(names_of(transaction, number, step.path, folders), step, transaction, store)
    if step.after_sha256:
        with suppress(FileNotFoundError):  # its folder was not made yet
            _remove_created(names_of(transaction, number, step.target, folders), step, store.disk)


def _restore_edited(at: Names, step: FileStep, transaction: Transaction, store: ChangeStore) -> None:
    if hash_of(at.folder, at.name) != step.after_sha256:
        return
    if _holds_displaced_file(at, step, transaction, store):
        store.disk.replace(at.folder, at.new, at.name)
    elif hash_of(at.folder, at.old) == step.before_sha256:
        store.disk.replace(at.folder, at.old, at.name)
    else:
        _write_back(at, step, transaction, store)
        store.disk.replace(at.folder, at.back, at.name)


def _holds_displaced_file(at: Names, step: FileStep, transaction: Transaction, store: ChangeStore) -> bool:
    """True when `new` holds what the exchange took out: the old file, or a foreign one that came first.

    A part of the new bytes is what an interrupted write left.
    """
    found = hash_of(at.folder, at.new)
    if found is None or found in (step.after_sha256, ODD):
        return False
    if found == step.before_sha256:
        return True
    return not store.load(step.after_sha256, transaction.session).startswith(_bytes_of(at.folder, at.new))


def _restore_deleted(at: Names, step: FileStep, transaction: Transaction, store: ChangeStore) -> None:
    if hash_of(at.folder, at.name) is not None:
        return
    if hash_of(at.folder, at.old) is not None:
        put_back(store.disk, at, at.old)
    else:
        _write_back(at, step, transaction, store)
        put_back(store.disk, at, at.back)


def _remove_created(at: Names, step: FileStep, disk: Disk) -> None:
    if hash_of(at.folder, at.name) != step.after_sha256 or _is_waiting(at):
        return
    disk.replace(at.folder, at.name, at.new)
    if hash_of(at.folder, at.new) != step.after_sha256:
        put_back(disk, at, at.new)


def _is_waiting(at: Names) -> bool:
    """True when the new file still stands beside its name, so that what stands at the name is someone else's."""
    try:
        aside, there = os.lstat(at.new, dir_fd=at.folder), os.lstat(at.name, dir_fd=at.folder)
    except FileNotFoundError:
        return False
    return not os.path.samestat(aside, there)


def _write_back(at: Names, step: FileStep, transaction: Transaction, store: ChangeStore) -> None:
    """The kept bytes, whole, beside their place; what an interrupted try left there goes first."""
    _remove(at.folder, at.back, store.disk)
    file = store.disk.create(at.folder, at.back, 0o600)
    try:
        store.disk.write(file, store.load(step.before_sha256, transaction.session))
        store.disk.set_mode(file, 0o644 if step.old_mode is None else step.old_mode)
        store.disk.sync(file)
    finally:
        os.close(file)


def _bytes_of(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
        return file.read()


# ── what both ways need ──────────────────────────────────────────────────────


def names_of(transaction: Transaction, number: int, path: str, folders: Folders) -> Names:
    """Raises FileNotFoundError and PathRefused."""
    folder, name = folders.of(path)
    new, old, back = (transaction.aside(number, part) for part in ("new", "old", "back"))
    return Names(folder, name, new, old, back, path)


def clear_asides(transaction: Transaction, folders: Folders, disk: Disk) -> None:
    for number, step in enumerate(transaction.files):
        for path in {step.path, step.target}:
            with suppress(FileNotFoundError, PathRefused):
                at = names_of(transaction, number, path, folders)
                for aside in (at.new, at.old, at.back):
                    _remove(at.folder, aside, disk)


def sync_folders(folders: Folders, disk: Disk) -> None:
    for folder in folders.all():
        disk.sync(folder)


def remove_empty_folders(paths: Iterable[str], workspace: Workspace, disk: Disk) -> None:
    """Innermost first. A folder that someone else uses by now is not empty, and stays."""
    with Folders(workspace) as folders:
        for path in reversed(list(paths)):
            with suppress(OSError, PathRefused):
                disk.remove_folder(*folders.of(path))


def _remove(folder: int, name: str, disk: Disk) -> None:
    with suppress(FileNotFoundError):
        disk.remove(folder, name)
