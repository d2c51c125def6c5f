"""Keeps a session on disk while it runs. A disk that refuses costs the record, never the conversation.

The file is created with the first message, so that looking around leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.record.entries import Entry
from agent.record.file import SessionBusy, SessionFile


class Recorder:
    """Appends entries to one session file; `problem` tells, once there is one, why nothing more is kept."""

    def __init__(self, path: Path, *opening: Entry) -> None:
        self.path = path
        self.problem = ""
        self._opening = opening
        self._file: SessionFile | None = None
        self._is_closed = False

    def open(self) -> None:
        """Take the file for this program alone, and mend its end. Raises SessionBusy, OSError."""
        self._opened()

    def write(self, entry: Entry) -> None:
        """Append an entry; the first one creates the file and its opening."""
        if self.problem or self._is_closed:
            return
        try:
            self._opened().append(entry)
        except (OSError, SessionBusy) as error:
            self._give_up(error)

    async def sync(self) -> None:
        """Make everything written so far durable, off the event loop."""
        if self._file is None or self.problem:
            return
        try:
            await asyncio.to_thread(self._file.sync)
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        self._is_closed = True
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> SessionFile:
        if self._file is None:
            self._file = SessionFile.open(self.path)
            if not self.path.stat().st_size:
                for first in self._opening:
                    self._file.append(first)
        return self._file

    def _give_up(self, error: Exception) -> None:
        self.problem = f"this session is no longer saved: {error}"
