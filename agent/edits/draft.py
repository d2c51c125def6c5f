"""The files as a patch would leave them, operation by operation, and the changes that come of it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.edits.diff import diff_texts
from agent.edits.elision import placeholder_warnings
from agent.edits.errors import EditError
from agent.edits.proposal import FileChange
from agent.edits.text import text_of
from agent.files.invisible import count_invisible
from agent.files.paths import FileMissing

if TYPE_CHECKING:
    from agent.edits.propose import FileSource


@dataclass(slots=True)
class _File:
    before: bytes | None
    after: bytes | None
    warnings: tuple[str, ...]
    came_from: str = ""


class Draft:
    """Paths that go in are the model's, and become real ones; every method raises EditError or WorkspaceError."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._files: dict[str, _File] = {}

    def read(self, path: str) -> bytes:
        """The bytes of an existing file, earlier operations included."""
        return self._existing(path)[1]

    def write(self, path: str, data: bytes, note: str = "") -> None:
        real, _ = self._existing(path)
        self._set(real, data, note)

    def create(self, path: str, data: bytes, note: str = "") -> None:
        real = self._free(path, "`*** Add File:` never overwrites; use `*** Update File:` to change it")
        self._set(real, data, note)

    def delete(self, path: str) -> None:
        real, data = self._existing(path)
        text_of(data, real)
        self._files[real].after = None

    def move(self, path: str, target: str) -> None:
        real, data = self._existing(path)
        if self._locate(target) == real:
            return
        new = self._free(target, "`*** Move to:` never overwrites; delete that file first or choose another name")
        source = self._files[real]
        source.after = None
        self._files[new].after = data
        self._files[new].came_from = source.came_from or real
        self._files[new].warnings += tuple(w for w in source.warnings if w not in self._files[new].warnings)

    def changes(self) -> tuple[FileChange, ...]:
        """What differs from the files as they were read, one change a path, in the order of the patch."""
        moved = {
            file.came_from: path
            for path, file in self._files.items()
            if file.came_from and file.before is None and file.after is not None and self._is_gone(file.came_from)
        }
        changes: list[FileChange] = []
        for path, file in self._files.items():
            if path in moved:
                continue
            if moved.get(file.came_from) == path:
                changes.append(_change(file.came_from, path, self._files[file.came_from].before, file))
            elif file.before != file.after:
                changes.append(_change(path, path, file.before, file))
        return tuple(changes)

    def _set(self, real: str, data: bytes, note: str) -> None:
        file = self._files[real]
        file.after = data
        if note and note not in file.warnings:
            file.warnings = (*file.warnings, note)

    def _is_gone(self, path: str) -> bool:
        return self._files[path].before is not None and self._files[path].after is None

    def _locate(self, path: str) -> str:
        """The real path; its file is read when it is met first."""
        place = self._source.place(path)
        if place.path not in self._files:
            before = self._source.read(place.path).data if place.exists else None
            self._files[place.path] = _File(before, before, place.warnings)
        return place.path

    def _existing(self, path: str) -> tuple[str, bytes]:
        real = self._locate(path)
        data = self._files[real].after
        if data is None:
            raise FileMissing(path)
        return real, data

    def _free(self, path: str, advice: str) -> str:
        real = self._locate(path)
        if self._files[real].after is not None:
            raise EditError("file_exists", f"there is already a file {real}. {advice}", path)
        for other, file in self._files.items():
            nested = other.startswith(real + "/") or real.startswith(other + "/")
            if nested and file.after is not None:
                raise EditError("invalid_patch", f"{other} would have to be a file and a folder at once", path)
        return real


def _change(path: str, target: str, before: bytes | None, file: _File) -> FileChange:
    old = text_of(before or b"", path)
    new = text_of(file.after or b"", target)
    hunks = diff_texts(old, new)
    added = "".join(line for hunk in hunks for line in hunk.after)
    if hunks and hunks[0].after_start == 0:
        added = added.removeprefix("\ufeff")
    invisible = count_invisible(added)
    warnings = file.warnings
    if invisible:
        warnings = (*warnings, f"{invisible} invisible or direction-changing character(s) in the new lines")
    warnings = (*warnings, *placeholder_warnings(hunks))
    return FileChange(path, target, before, file.after, hunks, warnings)
