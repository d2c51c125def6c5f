"""A file that a run fills when it ends, opened before it begins: a place that cannot be written costs no answer."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self


class PromisedFile:
    """What stood there stays until `fill`; a new file that is never filled goes again. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_new = not path.exists()
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from error
        self._is_filled = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        if self._is_new and not self._is_filled:
            self.path.unlink(missing_ok=True)

    def fill(self, text: str) -> None:
        """Halves of characters are replaced: a file is text that others can read."""
        try:
            self._write(text.encode(errors="replace"))
        except OSError as error:
            raise self._unwritable(error) from error

    def _write(self, data: bytes) -> None:
        self._is_filled = True
        if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self._file.truncate(0)
        while data:
            data = data[self._file.write(data) :]

    def _unwritable(self, error: OSError) -> OSError:
        return OSError(f"{self.path} cannot be written: {error.strerror or error}. Name another file.")
