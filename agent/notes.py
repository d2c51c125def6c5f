"""Notes that steer the model: the project's AGENTS.md files and the person's own instructions. Bounded reading only.

Reads through the workspace and decides nothing: whether a project's notes may be used is `agent.permissions.trust`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from agent.files.walk import Walk
from agent.files.workspace import FileMissing, PathRefused, Workspace
from backends.frozen import frozen

PROJECT_FILE = "AGENTS.md"
OWN_FILE = "instructions.md"
NOTE_BYTES = 8 * 1024
ALL_BYTES = 16 * 1024
"""Bytes of one note, and of all project notes of a session, that reach the model."""

_FILE_BYTES = 256 * 1024
_FILES_SEEN = 5_000
_SECONDS = 0.3


@frozen
class Note:
    """A file of notes. `path` is relative to the workspace, or the file's name for the person's own; `text` is cut at
    NOTE_BYTES; `size` in bytes and `sha256` are of the whole file."""

    path: str
    text: str
    size: int
    sha256: str

    @property
    def folder(self) -> str:
        """The folder that the note is about, relative to the workspace; "" for the whole of it."""
        return self.path.rpartition("/")[0]

    @property
    def words(self) -> str:
        """The note's name and size for the person, e.g. `AGENTS.md (1.2 KiB)`."""
        cut = f", the first {NOTE_BYTES // 1024} used" if self.size > NOTE_BYTES else ""
        return f"{self.path} ({self.size / 1024:.1f} KiB{cut})"


@frozen
class Guidance:
    """The notes of a session: those in its instructions, and those that wait for a file below their folder."""

    own: Note | None = None
    project: Note | None = None
    nested: tuple[Note, ...] = ()

    @property
    def room(self) -> int:
        """Bytes that the nested notes may take."""
        return ALL_BYTES - (len(self.project.text.encode()) if self.project else 0)


def own_note(config: Path) -> Note | None:
    """The person's own instructions in the folder `config`. Raises OSError when the file cannot be read."""
    try:
        # Without waiting: a pipe of that name must not hold up the start.
        descriptor = os.open(config / OWN_FILE, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{config / OWN_FILE} is not a regular file")
        return _note(OWN_FILE, file.read(_FILE_BYTES))


def root_note(workspace: Workspace) -> Note | None:
    """The AGENTS.md at the workspace's root; None when there is none that can be read."""
    return note_at(workspace, PROJECT_FILE)


def nested_notes(workspace: Workspace) -> tuple[Note, ...]:
    """The AGENTS.md files below the root, as far as a short walk finds them. Blocking, for a thread."""
    walk = Walk(workspace.root, file_limit=_FILES_SEEN, seconds=_SECONDS)
    paths = [child.path for child in walk.files() if child.name == PROJECT_FILE and "/" in child.path]
    return tuple(note for path in paths if (note := note_at(workspace, path)) is not None)


def note_at(workspace: Workspace, path: str) -> Note | None:
    try:
        snapshot = workspace.read(path, _FILE_BYTES)
    except (FileMissing, PathRefused):
        return None
    return _note(path, snapshot.data) if snapshot.data.strip() else None


def _note(path: str, data: bytes) -> Note:
    text = data[:NOTE_BYTES].decode("utf-8-sig", "ignore").strip()
    if len(data) > NOTE_BYTES:
        whole_lines = text.rpartition("\n")[0] or text
        text = f"{whole_lines}\n[cut at {NOTE_BYTES // 1024} KiB]"
    return Note(path, text, len(data), hashlib.sha256(data).hexdigest())
