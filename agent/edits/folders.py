"""The folders of one transaction, each held open from the first check to the last sync. Never follows a link."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from types import TracebackType
from typing import Self

from agent.files.workspace import PathRefused, Workspace

_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK = 1 << 20

ODD = "not a regular file"
"""Stands for the hash of what has none: a folder, a link, a device."""


class Folders:
    """Descriptors by path below the workspace; closes them in the end."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def of(self, path: str) -> tuple[int, str]:
        """The open folder of a file, and the file's name in it. Raises FileNotFoundError or PathRefused."""
        parent, _, name = path.rpartition("/")
        if parent not in self._open:
            self._open[parent] = self._workspace.open_folder(parent)
        return self._open[parent], name

    def all(self) -> tuple[int, ...]:
        return tuple(self._open.values())

    def moved(self) -> str | None:
        """A folder whose path no longer leads to the descriptor that is held, if there is one."""
        for parent, held in self._open.items():
            try:
                now = self._workspace.open_folder(parent)
            except (OSError, PathRefused):
                return parent
            try:
                if not os.path.sameopenfile(held, now):
                    return parent
            finally:
                os.close(now)
        return None


def hash_of(folder: int, name: str) -> str | None:
    """SHA-256 of a file's bytes; None when nothing is there, `ODD` for what is not a regular file."""
    try:
        info = os.lstat(name, dir_fd=folder)
        if not stat.S_ISREG(info.st_mode):
            return ODD
        descriptor = os.open(name, _OPEN_FILE, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # it became a link or a socket since the look
            return ODD
        raise
    try:
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, _CHUNK):
            digest.update(chunk)
        return digest.hexdigest()
    finally:
        os.close(descriptor)
