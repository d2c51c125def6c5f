"""The whole program in a pseudo-terminal, with an emulator in place of a screen: type, wait for words, look.

Keeps every byte that the program wrote, so that a test can ask what reached the terminal.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from fcntl import ioctl
from pathlib import Path
from select import select
from types import TracebackType
from typing import Self

import pyte
from pyte.screens import Char

ROOT = Path(__file__).parents[2]

PROGRAM = [sys.executable, "-P", "-m", "tui.cli"]

KEYS = {
    "enter": "\r",
    "escape": "\x1b[27u",  # as kitty says it: a bare one is only a span of time away from alt and the next key
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "pageup": "\x1b[5~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "left": "\x1b[D",
    "right": "\x1b[C",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "ctrl+home": "\x1b[1;5H",
    "ctrl+end": "\x1b[1;5F",
    "alt+enter": "\x1b\r",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}

MODES_LEFT_ON = re.compile(rb"\x1b\[\?(1049|1000|1003|1006|2004|1004|2031)([hl])")


ASKS_FOR_WHOLE_FRAMES = b"\x1b[?2026$p"
HAS_WHOLE_FRAMES = b"\x1b[?2026;2$y"
FRAME_BEGINS, FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
ALL_READ = b"\x1b]9999;all was read\x07"
"""Written behind what the program wrote, to see when that was read."""

PATIENCE = 180.0
"""Seconds; only what never comes to it takes so long, on any machine."""
LOOK_SECONDS = 0.1
REST_SECONDS = 0.02


class Screen:
    """A program on a terminal of `columns` × `rows`. A context manager: at its end the program is gone.

    The terminal shows whole frames to a program that asks for it: no test sees one that is half painted.
    """

    def __init__(
        self,
        argv: list[str],
        *,
        folder: Path,
        env: dict[str, str],
        columns: int = 80,
        rows: int = 24,
        ignore: signal.Signals | None = None,
    ) -> None:
        self._emulator = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._emulator)
        self._changed = threading.Condition()
        self._is_painting = False
        self.output = b""
        self._master, slave = os.openpty()
        self._let_go, self._hand = os.pipe()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(slave)

        def in_child() -> None:
            os.login_tty(slave)
            if ignore is not None:
                signal.signal(ignore, signal.SIG_IGN)

        self.process = subprocess.Popen(argv, cwd=folder, env=env, preexec_fn=in_child, pass_fds=(slave,))
        self._slave = slave
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def _read(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select([self._master, self._let_go], [], [])
            if self._let_go in ready:
                return
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                data = b""
            seam = rest + data
            is_end = not data or ALL_READ in seam
            with self._changed:
                if FRAME_BEGINS in seam or FRAME_ENDS in seam:
                    self._is_painting = seam.rfind(FRAME_BEGINS) > seam.rfind(FRAME_ENDS)
                self._is_painting &= not is_end
                self.output += data
                if is_end:
                    self.output = self.output.replace(ALL_READ, b"")
                self._stream.feed(data)
                self._changed.notify_all()
            if is_end:
                return
            if ASKS_FOR_WHOLE_FRAMES in seam and ASKS_FOR_WHOLE_FRAMES not in rest:
                os.write(self._master, HAS_WHOLE_FRAMES)
            rest = seam[-len(ALL_READ) :]

    # ── hands ────────────────────────────────────────────────────────────────

    def press(self, *keys: str) -> None:
        """Press keys by name, or a single character: as fast as nobody can."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def paste(self, text: str) -> None:
        os.write(self._master, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        with self._changed:
            self._emulator.resize(rows, columns)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Take the terminal away. Nobody reads it any more: while somebody does, it is not gone."""
        with contextlib.suppress(OSError):
            os.write(self._hand, b"!")
        self._reader.join(PATIENCE)
        for descriptor in (self._slave, self._master, self._hand, self._let_go):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    # ── eyes ─────────────────────────────────────────────────────────────────

    def text(self) -> str:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_painting, PATIENCE)
            return "\n".join(line.rstrip() for line in self._emulator.display)

    def wait_for(self, *words: str) -> str:
        """The screen once it holds all `words`; an AssertionError with the screen when it never does."""
        return self._wait(lambda text: all(word in text for word in words), f"never saw {words}")

    def wait_gone(self, *words: str) -> str:
        return self._wait(lambda text: not any(word in text for word in words), f"still saw {words}")

    def wait_until(self, is_there: Callable[[str], bool]) -> str:
        """The screen once `is_there` holds for it."""
        return self._wait(is_there, "never came to it")

    def ground(self, words: str = "") -> str:
        """The colour behind the cell after `words`, or the first of the screen: six hexadecimal digits, or a name."""
        return self._cell(words).bg if words else self._emulator.buffer[0][0].bg

    def is_bold(self, word: str) -> bool:
        """Whether the first `word` on the screen is bold."""
        return self._cell(word, back=1).bold

    def _cell(self, words: str, back: int = 0) -> Char:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_painting, PATIENCE)
            row, line = next((y, line) for y, line in enumerate(self._emulator.display) if words in line)
            return self._emulator.buffer[row][line.index(words) + len(words) - back]

    def _wait(self, is_there: Callable[[str], bool], complaint: str) -> str:
        end = time.monotonic() + PATIENCE
        while True:
            has_ended = self.process.poll() is not None
            if has_ended:
                self._read_all()
            seen, text = len(self.output), self.text()
            if is_there(text):
                return text
            if has_ended or time.monotonic() > end:
                raise AssertionError(f"{complaint}; the screen was:\n{text}")
            with self._changed:  # a file that is waited for changes with nothing to be seen
                self._changed.wait_for(lambda seen=seen: len(self.output) != seen, LOOK_SECONDS)
            time.sleep(REST_SECONDS)  # a look costs more than most of what is painted

    def exit_code(self) -> int:
        """The exit code as a shell tells it, 128+n after a signal that nobody handled; all that was written is read."""
        code = self.process.wait(PATIENCE)
        self._read_all()
        return code if code >= 0 else 128 - code

    def _read_all(self) -> None:
        """The program has ended: what is still on its way through the terminal comes before this."""
        if self._reader.is_alive():
            os.write(self._slave, ALL_READ)
            self._reader.join(PATIENCE)

    def modes(self) -> dict[str, bool]:
        """The terminal's private modes as the program left them."""
        return {mode.decode(): state == b"h" for mode, state in MODES_LEFT_ON.findall(self.output)}

    def is_cooked(self) -> bool:
        """Whether the terminal's settings are those from before the program."""
        return termios.tcgetattr(self._slave) == self.before


def oss_tui(
    *arguments: str,
    home: Path,
    folder: Path,
    columns: int = 80,
    rows: int = 24,
    ignore: signal.Signals | None = None,
    under: Sequence[str] = (),
    **variables: str,
) -> Screen:
    """The real `oss-tui`, with an environment that holds `variables` and nothing of the person who runs the tests.

    `under` is the command line of a program that runs it, and sees what it does.
    """
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "OSS_TUI_HOME": str(home / "oss-tui"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "OSS_TUI_DEMO_SPEED": "400",
        "PYTHONPATH": str(ROOT),
        **variables,
    }
    return Screen([*under, *PROGRAM, *arguments], folder=folder, env=env, columns=columns, rows=rows, ignore=ignore)
