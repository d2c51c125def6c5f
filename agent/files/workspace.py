"""The opened folder: one directory descriptor, and the only door by which paths become files.

A path is walked name by name from that descriptor, and the kernel never follows a link on the way (THREATS.md A2, A6).
Reads and resolves; it writes nothing and knows nothing of patches.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.files.descent import OPEN_FOLDER, Descent, Spot, is_git_folder
from agent.files.paths import (
    FileMissing,
    PathRefused,
    WorkspaceError,
    acts_for_user,
    home_self_acting_paths,
    is_git_internal,
    name_warnings,
    self_acting_warning,
    split_path,
)
from backends.frozen import frozen

READ_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest file that is read whole, and so the largest that can be edited."""

_BINARY_PROBE = 8192
_CHUNK = 1 << 20
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@frozen
class Snapshot:
    """A regular file as it was at one moment. `path` is the real path below the workspace, with `/`."""

    path: str
    data: bytes
    mode: int
    device: int
    inode: int
    sha256: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.sha256:
            object.__setattr__(self, "sha256", hashlib.sha256(self.data).hexdigest())


@frozen
class Place:
    """Where a path of the model really leads, links inside the workspace followed."""

    path: str
    exists: bool
    warnings: tuple[str, ...] = ()


class Workspace:
    """The opened folder. Close it, or use it in a `with`; every method may be called from any thread."""

    def __init__(self, root: Path, descriptor: int, home: Path, own_folders: tuple[Path, ...]) -> None:
        self.root = root
        self.descriptor = descriptor
        info = os.fstat(descriptor)
        self.device, self.inode = info.st_dev, info.st_ino
        self._home = home
        self._own_folders = own_folders
        self._spellings: tuple[str, ...] = (str(root),)
        self._is_git_internal = any(map(is_git_internal, root.parts)) or is_git_folder(descriptor)

    @classmethod
    def open(cls, root: Path, *, home: Path | None = None, own_folders: tuple[Path, ...] = ()) -> Self:
        """Open the folder `root`. `own_folders` hold this program's configuration and data. Raises OSError.

        `home` is the person's home folder, whose self-acting files are never changed.
        """
        real = root.resolve(strict=True)
        descriptor = os.open(real, OPEN_FOLDER)
        workspace = cls(
            real, descriptor, (home or Path.home()).resolve(), tuple(folder.resolve() for folder in own_folders)
        )
        workspace._spellings = (str(real), os.path.normpath(root.absolute()))
        return workspace

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def is_same_folder(self) -> bool:
        """True while the path of the workspace still leads to the folder that was opened."""
        try:
            info = self.root.stat()
        except OSError:
            return False
        return (info.st_dev, info.st_ino) == (self.device, self.inode)

    def relative(self, path: str) -> str:
        """The real path of `path` below the workspace, existing or not; `.` for the workspace. Raises PathRefused."""
        with self.at(path) as spot:
            return spot.path or "."

    def exists(self, path: str) -> bool:
        """True when a file or folder is there. Raises PathRefused."""
        with self.at(path) as spot:
            return spot.info is not None

    def read(self, path: str, limit: int = READ_LIMIT) -> Snapshot:
        """The whole text file, at most `limit` bytes. Never blocks.

        Raises FileMissing, or PathRefused for anything that is not a readable, regular file without NUL bytes.
        """
        _refuse_folder_spelling(path)
        with self.at(path) as spot:
            if spot.info is None:
                raise FileMissing(path)
            _refuse_odd_file(path, spot.info, limit)
            return _read(path, spot, limit)

    def place(self, path: str) -> Place:
        """Where a change to `path` would go, and what the person should know about it. Raises PathRefused.

        Refuses folders and special files, read-only files and folders, and files that act for the person.
        """
        _refuse_folder_spelling(path)
        with self.at(path) as spot:
            if not spot.names:
                raise PathRefused("not_a_file", path, "it is the workspace folder itself")
            if spot.info is not None:
                _refuse_odd_file(path, spot.info, limit=None)
            split_path(spot.path)  # a link may lead to a name that could not be written here
            self._refuse_self_acting(path, spot)
            _refuse_read_only(path, spot)
            return Place(spot.path, spot.info is not None, _warnings(path, spot))

    @contextmanager
    def at(self, path: str, *, follow: bool = True) -> Generator[Spot]:
        """Walk to `path` and hold its folder open. Raises PathRefused.

        With `follow` False, for paths that were resolved before, every link on the way is refused.
        """
        names = split_path(path, self._spellings)
        if self._is_git_internal:
            raise PathRefused("git", path, "the workspace lies inside git's own files")
        with ExitStack() as held:
            try:
                spot = Descent(self.descriptor, self._spellings, path, follow, held).to(names)
            except OSError as error:
                raise _refusal(path, error) from error
            yield spot

    def open_folder(self, path: str) -> int:
        """A descriptor of a folder, the workspace for an empty path; the caller closes it. Follows no link.

        Raises OSError and PathRefused.
        """
        if not path:
            return os.open(".", OPEN_FOLDER, dir_fd=self.descriptor)
        with self.at(path, follow=False) as spot:
            if spot.missing:
                raise FileNotFoundError(f"{path} does not exist")
            return os.open(spot.name, OPEN_FOLDER, dir_fd=spot.folder)

    def _refuse_self_acting(self, path: str, spot: Spot) -> None:
        real = self.root.joinpath(*spot.names)
        if any(real.is_relative_to(folder) for folder in self._own_folders):
            raise PathRefused("self_acting", path, "it belongs to this program")
        acts = real.is_relative_to(self._home) and acts_for_user(real.relative_to(self._home).parts)
        if acts or (spot.info is not None and self._is_linked_from_home(spot.info)):
            raise PathRefused(
                "self_acting", path, "it acts by itself in the person's home folder; ask the person to change it"
            )

    def _is_linked_from_home(self, info: os.stat_result) -> bool:
        """True for a dotfile kept elsewhere that the home folder links to."""
        for entry in home_self_acting_paths():
            try:
                known = (self._home / entry).stat()
            except OSError:
                continue
            if (known.st_dev, known.st_ino) == (info.st_dev, info.st_ino):
                return True
        return False


def _refuse_folder_spelling(path: str) -> None:
    if path.endswith("/"):
        raise PathRefused("not_a_file", path, "it names a folder (it ends with a slash); name a file")


def _refuse_odd_file(path: str, info: os.stat_result, limit: int | None) -> None:
    if stat.S_ISDIR(info.st_mode):
        raise PathRefused("not_a_file", path, "it is a folder; name a file")
    if not stat.S_ISREG(info.st_mode):
        raise PathRefused("not_a_file", path, f"it is a {_kind(info.st_mode)}, not a regular file")
    if limit is not None and info.st_size > limit:
        raise PathRefused("too_large", path, f"it has {info.st_size:,} bytes; at most {limit:,} are read")


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "named pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    return "device"


def _refuse_read_only(path: str, spot: Spot) -> None:
    # The mode decides before access(): for root everything is writable, yet read-only was meant.
    folder = os.fstat(spot.folder)
    if not folder.st_mode & 0o222 or not os.access(".", os.W_OK, dir_fd=spot.folder):
        raise PathRefused("read_only", path, "its folder is read-only; no mode is changed to get in")
    if spot.info is not None and not spot.info.st_mode & 0o222:
        raise PathRefused("read_only", path, "it is read-only; no mode is changed to get in")
    if spot.info is not None and not os.access(spot.name, os.W_OK, dir_fd=spot.folder):
        raise PathRefused("read_only", path, "it may not be written by this user")


def _warnings(path: str, spot: Spot) -> tuple[str, ...]:
    warnings = list(name_warnings(spot.path))
    if spot.came_by_link:
        warnings.append(f"{path} is a link; this is the real file")
    acting = self_acting_warning(spot.names)
    if acting:
        warnings.append(acting)
    if spot.info is not None and spot.info.st_mode & 0o111:
        warnings.append("executable file")
    if spot.info is not None and spot.info.st_nlink > 1:
        warnings.append("this file has other hard links; they keep the old content")
    return tuple(warnings)


def _read(path: str, spot: Spot, limit: int) -> Snapshot:
    try:
        descriptor = os.open(spot.name, _OPEN_FILE, dir_fd=spot.folder)
    except FileNotFoundError as error:
        raise FileMissing(path) from error
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        info = os.fstat(descriptor)
        _refuse_odd_file(path, info, limit)
        data = _read_at_most(descriptor, path, limit)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        os.close(descriptor)
    return Snapshot(spot.path, data, stat.S_IMODE(info.st_mode), info.st_dev, info.st_ino)


def _read_at_most(descriptor: int, path: str, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(descriptor, _BINARY_PROBE if not chunks else _CHUNK):
        if not chunks and b"\0" in chunk:
            raise PathRefused("binary", path, "it is not text (it holds NUL bytes)")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise PathRefused("too_large", path, f"it grew beyond {limit:,} bytes while it was read")
    return b"".join(chunks)


def _refusal(path: str, error: OSError) -> PathRefused:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return PathRefused("link", path, "it became a link while it was looked at")
    if error.errno == errno.ENAMETOOLONG:
        return PathRefused("spelling", path, "a name in it is too long for this file system")
    return PathRefused("unreadable", path, f"it cannot be read ({error.strerror})")


__all__ = ["READ_LIMIT", "FileMissing", "PathRefused", "Place", "Snapshot", "Spot", "Workspace", "WorkspaceError"]
