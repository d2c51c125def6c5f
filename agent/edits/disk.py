"""The system calls that change anything, in one object, so that tests can make each of them fail.

Knows names in open folders only; what may be written where is decided by its callers.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Callable
from functools import cache

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK})

_IS_MAC = sys.platform == "darwin"
_NO_REPLACE, _EXCHANGE = (4, 2) if _IS_MAC else (1, 2)  # RENAME_EXCL and RENAME_SWAP; RENAME_NOREPLACE and _EXCHANGE


class Disk:
    """Every method raises OSError as the system gave it."""

    def create(self, folder: int, name: str, mode: int) -> int:
        """A new file, open for writing; never an existing one. The umask applies to `mode`."""
        return os.open(name, _NEW_FILE, mode, dir_fd=folder)

    def write(self, file: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]

    def set_mode(self, file: int, mode: int) -> None:
        os.fchmod(file, mode)

    def set_owner(self, file: int, user: int, group: int) -> None:
        os.fchown(file, user, group)

    def sync(self, descriptor: int) -> None:
        """Down to the medium; a plain fsync on macOS stops at the drive's cache."""
        if _IS_MAC:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fsync(descriptor)

    def replace(self, folder: int, name: str, new_name: str) -> None:
        """Replaces what is at `new_name`."""
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)

    def exchange(self, folder: int, name: str, other: str) -> bool:
        """Swap two names in one step. False where the system or the file system cannot."""
        return self._rename_with(folder, name, other, _EXCHANGE)

    def rename_to_free(self, folder: int, name: str, new_name: str) -> None:
        """Raises FileExistsError when `new_name` is taken. Without the flag, a link and an unlink do the same."""
        if self._rename_with(folder, name, new_name, _NO_REPLACE):
            return
        os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        self.remove(folder, name)

    def link(self, folder: int, name: str, new_name: str) -> bool:
        """A second name for a file. Raises FileExistsError when it is taken; False where links are missing."""
        try:
            os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return False
            raise
        return True

    def remove(self, folder: int, name: str) -> None:
        os.unlink(name, dir_fd=folder)

    def make_folder(self, folder: int, name: str) -> None:
        os.mkdir(name, dir_fd=folder)

    def open_folder(self, folder: int, name: str) -> int:
        return os.open(name, _FOLDER, dir_fd=folder)

    def remove_folder(self, folder: int, name: str) -> None:
        os.rmdir(name, dir_fd=folder)

    def _rename_with(self, folder: int, name: str, new_name: str, flag: int) -> bool:
        import ctypes

        rename = _rename_call()
        if rename is None:
            return False
        if rename(folder, os.fsencode(name), folder, os.fsencode(new_name), flag) == 0:
            return True
        code = ctypes.get_errno()
        if code in _UNSUPPORTED:
            return False
        raise OSError(code, os.strerror(code), name, None, new_name)


@cache
def _rename_call() -> Callable[..., int] | None:
    """The system's rename with flags, where it has one. ctypes is imported when a file is first written."""
    import ctypes

    return getattr(ctypes.CDLL(None, use_errno=True), "renameatx_np" if _IS_MAC else "renameat2", None)
