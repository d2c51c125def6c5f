"""Keeps a session on disk while it runs. A disk that refuses costs the conversation nothing, and the record only time.

The file is created with the first message, so that looking around leaves nothing behind. What the disk did not take
stays in memory and is written when it can be: tried again with every `sync`, which is at both ends of every turn.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from agent.edits.unbroken import unbroken
from agent.record.entries import Entry
from agent.record.file import SessionBusy, SessionFile

SAVED_AGAIN = "this session is saved again, with everything that was said meanwhile"


class Recorder:
    """Appends entries to one session file; `problem` tells why nothing is kept at the moment, or is ""."""

    def __init__(self, path: Path, *opening: Entry) -> None:
        self.path = path
        self.problem = ""
        self._file: SessionFile | None = None
        self._durable = 0  # bytes of the file that are surely on the disk; behind them come the entries of _unsynced
        self._unsynced = list(opening)
        self._appended = 0
        self._syncing = asyncio.Lock()
        self._is_closed = False
        self._news = ""

    def open(self) -> None:
        """Take the file for this program alone, and mend its end. Raises SessionBusy, OSError."""
        self._opened()

    def write(self, entry: Entry) -> None:
        """Append an entry; the first one creates the file and its opening."""
        if self._is_closed:
            return
        self._unsynced.append(entry)
        if not self.problem:
            self._append()

    async def sync(self) -> None:
        """Make everything written so far durable, off the event loop; what the disk refused is written once more."""
        async with self._syncing:
            if self._is_closed or not (self._file or self.problem):
                return
            try:
                await (self._try_again() if self.problem else self._make_durable(self._opened()))
            except (OSError, SessionBusy) as error:
                self._fail(error)

    def take_news(self) -> str:
        """What the person should be told since the last time: nothing is saved, or it is again; "" for nothing."""
        news, self._news = self._news, ""
        return news

    def expect(self, problem: str) -> None:
        """Nothing can be kept at the moment, as the person was told already."""
        self.problem = problem

    def close(self) -> None:
        self._is_closed = True
        if self._file is not None:
            self._file.close()
            self._file = None

    # ── the file ─────────────────────────────────────────────────────────────

    def _opened(self) -> SessionFile:
        if self._file is None:
            self._file = SessionFile.open(self.path)
            self._durable = self._file.size
        return self._file

    def _append(self) -> None:
        try:
            file = self._opened()
            while self._appended < len(self._unsynced):
                file.append(self._unsynced[self._appended])
                self._appended += 1
        except (OSError, SessionBusy) as error:
            self._fail(error)

    async def _make_durable(self, file: SessionFile) -> None:
        """Raises OSError."""
        count, size = self._appended, file.size
        await asyncio.to_thread(file.sync)
        self._forget(count, size)

    async def _try_again(self) -> None:
        """Raises SessionBusy, OSError."""
        entries = tuple(self._unsynced)
        size = await unbroken(partial(self._write_again, entries))
        self._appended = len(entries)
        self._forget(len(entries), size)
        self.problem, self._news = "", SAVED_AGAIN
        self._append()  # what came meanwhile

    def _write_again(self, entries: tuple[Entry, ...]) -> int:
        """The size of the file with `entries` behind what is durable: a torn line, or one that a failed fsync may have
        lost, is in the way of what follows."""
        file = self._opened()
        file.cut_back(self._durable)
        for entry in entries:
            file.append(entry)
        file.sync()
        return file.size

    def _forget(self, count: int, size: int) -> None:
        del self._unsynced[:count]
        self._appended -= count
        self._durable = size

    def _fail(self, error: Exception) -> None:
        if not self.problem:
            self._news = f"this session is not saved for now: {error}; it is tried again with every message"
        self.problem = str(error)
