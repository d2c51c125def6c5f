"""Replaces or removes one file without losing a foreign edit that comes at the same moment.

What stood there is moved aside in one step, looked at, and put back if it is not what was expected. Between a check and
a plain rename another program's save would be lost.
"""

from __future__ import annotations

from contextlib import suppress

from agent.edits.disk import Disk
from agent.edits.errors import Stale
from agent.edits.folders import hash_of
from backends.frozen import frozen

_CHANGED = "it was changed by another program; nothing was written, read it again"
_REMOVED = "it was removed by another program; nothing was written"


@frozen
class Names:
    """One file's name in its open folder, and the names beside it for bytes that come, that were moved aside, and
    that are brought back. `path` is for messages.
    """

    folder: int
    name: str
    new: str
    old: str
    back: str
    path: str


def swap_edit(disk: Disk, at: Names, expected: str, ours: str) -> None:
    """Put the file `new` at `name`; what stood there then stands at `new` or at `old`.

    `expected` and `ours` are the SHA-256 of what must stand there and of what comes. Raises Stale, with the foreign
    bytes in place, and OSError.
    """
    try:
        is_swapped = disk.exchange(at.folder, at.new, at.name)
        if not is_swapped:
            # Without an exchange the old file keeps a second name, so that it can come back.
            disk.link(at.folder, at.name, at.old)
    except FileNotFoundError as error:
        raise Stale(at.path, _REMOVED) from error
    if is_swapped:
        if hash_of(at.folder, at.new) != expected:
            _exchange_back(disk, at, ours)
            raise Stale(at.path, _CHANGED)
        return
    if hash_of(at.folder, at.name) != expected:
        raise Stale(at.path, _CHANGED)
    disk.replace(at.folder, at.new, at.name)


def swap_create(disk: Disk, at: Names) -> None:
    """Put the file `new` at a free name. Raises Stale when it is taken, and OSError."""
    try:
        disk.rename_to_free(at.folder, at.new, at.name)
    except FileExistsError as error:
        raise Stale(at.path, "there is a file of that name now; nothing was written") from error


def swap_delete(disk: Disk, at: Names, expected: str) -> None:
    """Move the file at `name` to `old`. Raises Stale, with the foreign bytes in place, and OSError."""
    try:
        disk.replace(at.folder, at.name, at.old)
    except FileNotFoundError as error:
        raise Stale(at.path, _REMOVED) from error
    if hash_of(at.folder, at.old) != expected:
        put_back(disk, at, at.old)
        raise Stale(at.path, _CHANGED)


def put_back(disk: Disk, at: Names, aside: str) -> None:
    """Bring a file back to its name, unless something newer already stands there."""
    with suppress(FileExistsError):
        disk.rename_to_free(at.folder, aside, at.name)


def _exchange_back(disk: Disk, at: Names, ours: str) -> None:
    disk.exchange(at.folder, at.new, at.name)
    if hash_of(at.folder, at.new) != ours:
        # What came out is newer still than what went in: a second foreign save, and it belongs at the name.
        disk.exchange(at.folder, at.new, at.name)
