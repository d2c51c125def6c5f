"""Trust in an opened folder: which of its files that steer the model the person has seen and allowed (THREATS.md W2).

Kept per workspace in the data folder, bound to the content of each file: whatever is new or changed is asked again.
Asks nobody and shows nothing; a question is data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeAlias, cast

from agent.notes import Note
from agent.record.file import set_aside
from backends.frozen import frozen
from backends.types import JsonObject, JsonValue

TrustMode: TypeAlias = Literal["ask", "yes", "no"]
"""What to do about a folder's notes: use those that are trusted and ask for the rest, use all, use none."""


@frozen
class SteeringFile:
    """A file that would steer the model. `before` is its text when it was trusted, None when it never was."""

    note: Note
    before: str | None = None


@frozen
class TrustQuestion:
    """May these files of `folder` steer the model? Only what is new or changed since the person said yes."""

    folder: Path
    files: tuple[SteeringFile, ...]


class TrustStore:
    """What the person trusted, one small file a workspace, 0600. What cannot be read is no trust, and is kept aside."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "trust"

    def question(self, workspace: Path, notes: Iterable[Note]) -> TrustQuestion | None:
        """The files among `notes` that are not trusted as they are now; None when all are."""
        known = self._read(workspace)
        asked = [
            SteeringFile(note, known[note.path].text if note.path in known else None)
            for note in notes
            if note.path not in known or known[note.path].sha256 != note.sha256
        ]
        return TrustQuestion(workspace, tuple(asked)) if asked else None

    def knows(self, workspace: Path) -> bool:
        """Whether the person ever said yes to this folder. What changed in it since is what `question` finds."""
        return self._record(workspace) is not None

    def grant(self, question: TrustQuestion) -> None:
        """Remember a yes to exactly these contents. Raises OSError."""
        known = self._read(question.folder)
        known |= {file.note.path: _Trusted(file.note.sha256, file.note.text) for file in question.files}
        self._write(question.folder, known)

    def _path(self, workspace: Path) -> Path:
        digest = hashlib.sha256(str(workspace).encode(errors="surrogatepass")).hexdigest()
        return self._folder / f"{digest[:32]}.json"

    def _read(self, workspace: Path) -> dict[str, _Trusted]:
        return self._record(workspace) or {}

    def _record(self, workspace: Path) -> dict[str, _Trusted] | None:
        try:
            record = cast(JsonValue, json.loads(self._path(workspace).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None
        return _entries(record, str(workspace))

    def _write(self, workspace: Path, known: dict[str, _Trusted]) -> None:
        from agent.config.file import write_private

        files: JsonObject = {path: {"sha256": entry.sha256, "text": entry.text} for path, entry in known.items()}
        record: JsonObject = {"v": 1, "folder": str(workspace), "files": files}
        path = self._path(workspace)
        if path.exists() and self._record(workspace) is None:
            set_aside(path)
        write_private(path, json.dumps(record).encode())


@frozen
class _Trusted:
    sha256: str
    text: str


def _entries(record: JsonValue, workspace: str) -> dict[str, _Trusted] | None:
    match record:
        case {"v": 1, "folder": str(folder), "files": dict(files)} if folder == workspace:
            return {path: trusted for path, entry in files.items() if (trusted := _entry(entry)) is not None}
        case _:
            return None


def _entry(entry: JsonValue) -> _Trusted | None:
    match entry:
        case {"sha256": str(sha256), "text": str(text)}:
            return _Trusted(sha256, text)
        case _:
            return None
