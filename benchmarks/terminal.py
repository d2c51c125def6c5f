"""A program in a pseudo-terminal, watched by the clock: when bytes came, how many, and what they drew.

The emulator (pyte) looks at the end only: what is waited for is found in the raw bytes, so that watching costs nothing.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import termios
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

COLUMNS, ROWS = 120, 40
ENTER, ESCAPE, PAGE_UP, PAGE_DOWN, ERASE_LINE = "\r", "\x1b", "\x1b[5~", "\x1b[6~", "\x15"


class Terminal:
    """`argv` on a terminal, of 120×40 unless told. A context manager: at its end the program is gone."""

    def __init__(self, argv: Sequence[str], *, folder: Path, env: Mapping[str, str], columns: int = COLUMNS) -> None:
        self._columns = columns
        self._output = bytearray()
        self._news = threading.Condition()
        self._times: list[tuple[int, float]] = []
        self._is_over = False
        self._rows = ROWS
        self._master, slave = os.openpty()
        self._size(ROWS)
        self._letters = letters()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(timeout=2)
        os.close(self._master)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def written(self) -> int:
        """Bytes that the program wrote so far."""
        return len(self._output)

    # ── hands ────────────────────────────────────────────────────────────────

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def redraw(self) -> None:
        """Let the program draw everything anew, one row taller or as before."""
        self._rows = ROWS + 1 if self._rows == ROWS else ROWS
        self._size(self._rows)

    def _size(self, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, self._columns, 0, 0))

    # ── eyes ─────────────────────────────────────────────────────────────────

    def wait_for(self, words: str, *, since: int = 0, seconds: float = 20.0) -> float:
        """The moment (monotonic) at which `words` had been written in one piece, looking from byte `since` on."""
        needle, deadline = words.encode(), time.monotonic() + seconds
        looked = since
        with self._news:
            while True:
                found = self._output.find(needle, looked)
                if found >= 0:
                    return self._time_of(found + len(needle))
                looked = max(since, len(self._output) - len(needle))
                if self._is_over or not self._news.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"never saw {words!r}; the last output was {bytes(self._output[-300:])!r}")

    def has(self, words: str, *, since: int = 0) -> bool:
        with self._news:
            return self._output.find(words.encode(), since) >= 0

    def wait_quiet(self, seconds: float = 0.3, at_most: float = 20.0) -> None:
        """Wait until nothing was written for so long."""
        deadline = time.monotonic() + at_most
        size = -1
        while size != self.written and time.monotonic() < deadline:
            size = self.written
            time.sleep(seconds)

    def echo(self) -> float:
        """Press a letter that is nowhere on the screen; milliseconds until it is."""
        letter = next(self._letters)
        since = self.written
        pressed = time.monotonic()
        self.type(letter)
        return 1000 * (self.wait_for(letter, since=since, seconds=30) - pressed)

    def reaction(self, keys: str) -> float:
        """Press keys that draw something; milliseconds until the first of it is written."""
        self.wait_quiet(0.05)
        since, pressed = self.written, time.monotonic()
        self.type(keys)
        return 1000 * (self.wait_for("", since=since + 1) - pressed)

    def screen(self) -> str:
        """What stands on the screen, after it was drawn anew."""
        self.wait_quiet()
        since = self.written
        self.redraw()
        self.wait_for("", since=since + 1)
        self.wait_quiet()
        emulator = pyte.Screen(self._columns, self._rows)
        pyte.ByteStream(emulator).feed(bytes(self._output[since:]))
        return "\n".join(line.rstrip() for line in emulator.display)

    def expect(self, words: str, tries: int = 5) -> None:
        """Fail unless `words` come to stand on the screen; a busy machine is given time."""
        screen = ""
        for _ in range(tries):
            screen = self.screen()
            if words in screen:
                return
        raise AssertionError(f"{words!r} is not on the screen:\n{screen}")

    # ── inside ───────────────────────────────────────────────────────────────

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                data = b""
            now = time.monotonic()
            with self._news:
                self._output += data
                self._times.append((len(self._output), now))
                self._is_over = not data
                self._news.notify_all()
            if not data:
                return

    def _time_of(self, end: int) -> float:
        """When the byte before `end` was read."""
        return self._times[bisect_left(self._times, (end, 0.0))][1]


def letters() -> Iterator[str]:
    """Letters one cell wide that no program and no feed here writes, each once in a long while."""
    blocks = ((0x0410, 0x0450), (0x0531, 0x0557), (0x0561, 0x0587), (0x10D0, 0x10F1), (0x13A0, 0x13F0))
    while True:
        for first, end in blocks:
            yield from map(chr, range(first, end))
