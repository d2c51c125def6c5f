"""A session file: opened by one program at a time, appended to in single writes, synced at the end of a turn.

It knows bytes, locks and modes; what the lines mean is in `entries`.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from typing import Self

from agent.record.entries import VERSION, Entry, UnknownEntry, from_json, to_json
from agent.record.lines import decode, encode
from backends.frozen import frozen


class SessionUnavailable(Exception):
    """This session cannot be opened; the message names the file and says why."""


class SessionBusy(SessionUnavailable):
    """Another oss-tui has this session open."""


class SessionDamaged(SessionUnavailable):
    """Nothing in the file can be read, or it belongs to something else; it is kept."""


class SessionTooNew(SessionUnavailable):
    """The file was written by a newer version; it is left as it is."""


@frozen
class Contents:
    """What could be read. `damaged` counts pieces that were passed over, `unknown` entries of another version."""

    entries: tuple[Entry, ...]
    damaged: int = 0
    unknown: int = 0


def read(path: Path) -> Contents:
    """Every intact entry of a session file; raises FileNotFoundError, SessionUnavailable."""
    lines = decode(_bytes(path))
    versions = [version for record in lines.records if isinstance(version := record.get("v"), int)]
    if any(version > VERSION for version in versions):
        raise SessionTooNew(f"{path} was written by a newer oss-tui (format {max(versions)}); update to open it")
    entries: list[Entry] = []
    unknown = 0
    for record in lines.records:
        try:
            entries.append(from_json(record))
        except UnknownEntry:
            unknown += 1
    return Contents(tuple(entries), lines.damaged, unknown)


def _bytes(path: Path) -> bytes:
    """Of a plain file of this user: no link is followed, nothing is waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
                raise SessionDamaged(f"{path} is not a plain file of yours")
            return file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SessionDamaged(f"{path} cannot be read: {error.strerror}") from error


class SessionFile:
    """An open session file. Every `append` is one write; `sync` makes the turn durable."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create `path` (folder 0700, file 0600) and mend a torn tail; raises SessionBusy, OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end = os.fstat(descriptor).st_size
            if end and os.pread(descriptor, 1, end - 1) != b"\n":
                _write(descriptor, b"\n")
        except BlockingIOError as error:
            os.close(descriptor)
            raise SessionBusy(f"{path.stem} is open in another oss-tui") from error
        except OSError:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def append(self, entry: Entry) -> None:
        """Write one entry; raises OSError when the disk refuses, and then nothing of it counts."""
        _write(self._descriptor, encode(to_json(entry), VERSION))

    @property
    def size(self) -> int:
        """Bytes; a torn line counts."""
        return os.fstat(self._descriptor).st_size

    def cut_back(self, size: int) -> None:
        """Leave only the first `size` bytes. Raises OSError."""
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def set_aside(path: Path) -> Path:
    """Keep a file that cannot be used under another name, which is returned. Raises OSError."""
    for number in range(1, 1_000):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            path.rename(aside)
            return aside
    raise FileExistsError(f"{path.name} was set aside too often")


def remove(path: Path) -> None:
    """Delete a session that nobody has open. Raises SessionBusy, OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except BlockingIOError as error:
        raise SessionBusy(f"{path.stem} is open in another oss-tui") from error
    finally:
        os.close(descriptor)


def write_export(path: Path, text: str) -> None:
    """A new file for the person alone; an existing one is never replaced. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _write(descriptor, text.encode(errors="replace"))
    finally:
        os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    """One write in the usual case; a short one (full disk) is finished or fails, and the reader skips the torn line."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
