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
from types import TracebackType
from typing import Self

import pyte

ROOT = Path(__file__).parents[2]

PROGRAM = [sys.executable, "-P", "-m", "tui.cli"]

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
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


class Screen:
    """A program on a terminal of `columns` × `rows`. A context manager: at its end the program is gone."""

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
        self._lock = threading.Lock()
        self.output = b""
        self._master, slave = os.openpty()
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
        while True:
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                return
            if not data:
                return
            with self._lock:
                self.output += data
                self._stream.feed(data)

    # ── hands ────────────────────────────────────────────────────────────────

    def press(self, *keys: str) -> None:
        """Press keys by name, or a single character."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())
            time.sleep(0.12 if key == "escape" else 0.03)  # what comes with an escape is alt

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def paste(self, text: str) -> None:
        os.write(self._master, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        with self._lock:
            self._emulator.resize(rows, columns)

    def pause(self, seconds: float) -> None:
        """Wait as a person who reads does."""
        time.sleep(seconds)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Take the terminal away."""
        for descriptor in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    # ── eyes ─────────────────────────────────────────────────────────────────

    def text(self) -> str:
        with self._lock:
            return "\n".join(line.rstrip() for line in self._emulator.display)

    def wait_for(self, *words: str, seconds: float = 60.0) -> str:
        """The screen once it holds all `words`; an AssertionError with the screen when it never does."""
        return self._wait(lambda text: all(word in text for word in words), f"never saw {words}", seconds)

    def wait_gone(self, *words: str, seconds: float = 60.0) -> str:
        return self._wait(lambda text: not any(word in text for word in words), f"still saw {words}", seconds)

    def wait_until(self, is_there: Callable[[str], bool], seconds: float = 60.0) -> str:
        """The screen once `is_there` holds for it."""
        return self._wait(is_there, "never came to it", seconds)

    def ground(self) -> str:
        """The colour behind the first cell of the screen: six hexadecimal digits, or a name."""
        with self._lock:
            return self._emulator.buffer[0][0].bg

    def _wait(self, is_there: object, complaint: str, seconds: float) -> str:
        assert callable(is_there)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            if is_there(text):
                return text
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        raise AssertionError(f"{complaint}; the screen was:\n{self.text()}")

    def exit_code(self, seconds: float = 10.0) -> int:
        """The exit code as a shell tells it: 128+n after a signal that nobody handled."""
        code = self.process.wait(seconds)
        time.sleep(0.1)  # the last bytes are still on their way through the terminal
        return code if code >= 0 else 128 - code

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
