"""What a person wrote in a workspace, across sessions: an append-only file in the data folder that only they can read.

Knows files and lines; when something is remembered, or brought back, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from agent.record.lines import decode, encode

VERSION = 1
FILE_BYTES = 512 * 1024
"""A file that has grown so far is put aside, in the place of the one before; so two files are the most there is."""
PROMPT_CHARACTERS = 32 * 1024
"""What is longer is not remembered across sessions."""

_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class PromptHistory:
    """The history of one workspace. Blocking, for a thread."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        """`folder` holds one file a workspace; it is made when something is first remembered."""
        name = hashlib.sha256(os.fsencode(os.path.realpath(workspace))).hexdigest()[:16]
        self.path = folder / f"{name}.jsonl"
        self._put_aside = folder / f"{name}.old.jsonl"

    def read(self) -> tuple[str, ...]:
        """Everything that can be read, oldest first; damaged lines, and files that are not the person's, are passed
        over."""
        records = [record for path in (self._put_aside, self.path) for record in decode(_bytes(path)).records]
        return tuple(text for record in records if isinstance(text := record.get("text"), str) and text)

    def append(self, text: str) -> None:
        """Remember `text`. Raises OSError."""
        if not text.strip() or len(text) > PROMPT_CHARACTERS:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _OPEN, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (b"\n" if is_torn else b"") + encode({"text": text}, VERSION))
        finally:
            os.close(descriptor)
        if size > FILE_BYTES:
            self.path.replace(self._put_aside)


def _bytes(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | _OPEN)
    except OSError:
        return b""  # nothing was written here yet, or it is a link: nothing to go back to
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid()
        return file.read(2 * FILE_BYTES) if is_ours else b""
