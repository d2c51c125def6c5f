"""What was applied and the bytes it replaced, on disk, so that a crash can be mended and every step undone.

One JSON file a transaction: `.pending` before the first change to the workspace, renamed when all are made. Old and new
bytes lie beside them, named by their hash. Knows nothing of the workspace but its identity.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, cast

from agent.edits.disk import Disk
from agent.edits.lock import exclusive
from backends.frozen import frozen

TransactionKind = Literal["apply", "undo", "redo"]

LOCK_WAIT = 10.0
"""Seconds to wait for another instance before Busy."""

_PENDING = ".pending"
_DONE = ".json"
_DAMAGED = ".damaged"
_SESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@frozen
class FileStep:
    """One file's part of a transaction. A hash is empty where the file does not exist before or after.

    `mode` is what the new file gets, None the usual mode of a new file; `old_mode` what the old one had.
    """

    path: str
    target: str
    before_sha256: str
    after_sha256: str
    mode: int | None
    old_mode: int | None

    @property
    def is_move(self) -> bool:
        return self.path != self.target


@frozen
class Transaction:
    """Changes that land together or not at all. `of` is the apply that an undo or redo is about, else its own id.

    `folders` are made for it, outermost first; `old_folders` were made by what it undoes and go when empty.
    """

    id: str
    kind: TransactionKind
    of: str
    session: str
    number: int
    root: str
    device: int
    inode: int
    time: float
    files: tuple[FileStep, ...]
    folders: tuple[str, ...] = ()
    old_folders: tuple[str, ...] = ()

    def aside(self, number: int, part: Literal["new", "old", "back"]) -> str:
        """A name beside a file, for a moment: of bytes that come, that were moved aside, that are brought back."""
        return f".oss-tui-{self.id}-{number}.{part}"


class ChangeStore:
    """A folder of this program, outside the workspace, shared by all its sessions and instances.

    Made for this user alone when it is first locked or written. `session` is a plain name.
    """

    def __init__(self, folder: Path, session: str = "session", *, disk: Disk | None = None) -> None:
        if not _SESSION.fullmatch(session):
            raise ValueError(f"not a session name: {session!r}")
        self.folder = folder
        self.session = session
        self.disk = disk or Disk()
        self._is_made = False

    def prepare(self) -> None:
        """Make the folders, once. Raises OSError."""
        if self._is_made:
            return
        for path in (self.folder, self.folder / ".locks", self.folder / self.session / "objects"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        (self.folder / self.session).chmod(0o700)
        self._is_made = True

    def lock(self, device: int, inode: int, wait: float = LOCK_WAIT) -> AbstractContextManager[None]:
        """Exclude every other writer of one workspace. Raises Busy and OSError."""
        self.prepare()
        return exclusive(self.folder / ".locks" / f"{device:x}-{inode:x}", wait)

    def save(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256."""
        name = hashlib.sha256(data).hexdigest()
        folder = self.folder / self.session / "objects"
        if not (folder / name).exists():
            self._write(folder, name, data)
        return name

    def load(self, name: str, session: str) -> bytes:
        """Bytes kept before. Raises OSError, also when they no longer have the hash they are named by."""
        data = (self.folder / session / "objects" / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != name:
            raise OSError(f"the kept bytes {name[:12]} are damaged")
        return data

    def begin(self, transaction: Transaction) -> None:
        """Record the intent, down to the medium, before anything in the workspace changes."""
        self._write(self.folder / transaction.session, _name(transaction, _PENDING), _to_json(transaction))

    def finish(self, transaction: Transaction) -> None:
        """Record that everything landed."""
        with _opened(self.folder / transaction.session) as folder:
            self.disk.replace(folder, _name(transaction, _PENDING), _name(transaction, _DONE))
            self.disk.sync(folder)

    def drop(self, transaction: Transaction) -> None:
        """Forget a transaction that was taken back."""
        with _opened(self.folder / transaction.session) as folder:
            for suffix in (_PENDING, _DONE):
                with suppress(FileNotFoundError):
                    self.disk.remove(folder, _name(transaction, suffix))

    def pending(self) -> list[Transaction]:
        """Transactions of every session that were begun and neither finished nor taken back."""
        return _readable(self.folder.glob(f"*/*{_PENDING}"))

    def done(self) -> list[Transaction]:
        """The transactions of this session, oldest first."""
        return _readable((self.folder / self.session).glob(f"*{_DONE}"))

    def damaged(self) -> list[Path]:
        """Records that could not be read and were set aside."""
        return sorted(self.folder.glob(f"*/*{_DAMAGED}"))

    def next_number(self) -> int:
        numbers = [int(path.name.split("-")[0]) for path in (self.folder / self.session).glob("*-*.*")]
        return max(numbers, default=0) + 1

    def delete_session(self) -> None:
        """Give up every undo of this session, and the bytes kept for it."""
        with suppress(FileNotFoundError):  # nothing was ever changed in it
            shutil.rmtree(self.folder / self.session)

    def _write(self, folder: Path, name: str, data: bytes) -> None:
        """A whole file or none, down to the medium."""
        self.prepare()
        aside = f"{name}.{secrets.token_hex(4)}.tmp"
        with _opened(folder) as descriptor:
            file = self.disk.create(descriptor, aside, 0o600)
            try:
                try:
                    self.disk.write(file, data)
                    self.disk.sync(file)
                finally:
                    os.close(file)
                self.disk.replace(descriptor, aside, name)
                self.disk.sync(descriptor)
            except OSError:
                with suppress(FileNotFoundError):  # it was renamed already, and only the last sync failed
                    os.unlink(aside, dir_fd=descriptor)
                raise


@contextmanager
def _opened(folder: Path) -> Generator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _name(transaction: Transaction, suffix: str) -> str:
    return f"{transaction.number:06d}-{transaction.id}{suffix}"


def _to_json(transaction: Transaction) -> bytes:
    return json.dumps(asdict(transaction)).encode()


def _readable(paths: Iterable[Path]) -> list[Transaction]:
    """Records in their order; one that makes no sense is set aside, never deleted."""
    found: list[Transaction] = []
    for path in sorted(paths):
        try:
            found.append(_from_json(path.read_bytes()))
        except (ValueError, TypeError, KeyError, AttributeError):
            path.rename(path.with_name(path.name + _DAMAGED))
    return found


def _from_json(content: bytes) -> Transaction:
    fields = cast("dict[str, Any]", json.loads(content))
    files = tuple(FileStep(**step) for step in fields.pop("files"))
    folders, old_folders = tuple(fields.pop("folders")), tuple(fields.pop("old_folders"))
    return Transaction(**fields, files=files, folders=folders, old_folders=old_folders)
