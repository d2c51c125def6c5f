"""Leaves the terminal as it was found, however the program ends, and ends the program when the terminal is gone.

Textual restores it on the ways out that it knows; this is for signals, for a shutdown that hangs, and for a terminal
that vanished (THREATS.md D5, D6).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
GRACE_SECONDS = 0.8
"""How long an orderly shutdown may take before the process ends without it."""
LOOK_SECONDS = 1.0

_PIECE_BYTES = 4096
_INPUT_FLAGS, _LOCAL_FLAGS = 0, 3

_MODES = (1000, 1003, 1015, 1006, 1016, 1004, 2004, 2048, 2031)
_MODES_OFF = b"".join(b"\x1b[?%dl" % mode for mode in _MODES) + b"\x1b[?7h\x1b[0m"
_SCREEN_BACK = b"\x1b[<u\x1b[?1049l\x1b[?25h"


Attributes = list[int | list[bytes | int]]


class Terminal:
    """Guards the terminal from the first question to it until the app has run; a context manager around both.

    Harmless modes are switched off on every way out. Leaving the alternate screen a second time would move the cursor,
    so that is done only when Textual did not get to it. `attributes` are as they were found; None without a
    terminal.
    """

    def __init__(self) -> None:
        self.attributes: Attributes | None = None
        self.is_asked = False
        self.has_screen = False
        """Whether the app has begun to draw."""
        self._ended = threading.Event()
        self._input = self._output = -1  # which may be open for one of the two only
        self._early = b""

    def __enter__(self) -> Self:
        try:
            self._input, self._output = (
                stream.fileno() if stream else -1 for stream in (sys.__stdin__, sys.__stderr__)
            )
            self.attributes = termios.tcgetattr(self._input)
        except (termios.error, ValueError, OSError):
            self.attributes = None  # not a terminal: nothing to restore or to watch
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        if self.has_screen:
            self._restore(leave_screen=error is not None)
        elif self.is_asked and self.attributes is not None:
            # The answer may have come: it is not for the shell.
            termios.tcsetattr(self._input, termios.TCSAFLUSH, self.attributes)

    # ── before the app reads ─────────────────────────────────────────────────

    def ask(self, question: str) -> None:
        """Write `question`, and from now on echo nothing and keep what comes. Waits for no answer."""
        if self.attributes is None:
            return
        self.is_asked = True
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._end)
        quiet = termios.tcgetattr(self._input)
        quiet[_INPUT_FLAGS] &= ~termios.ICRNL
        quiet[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(self._input, termios.TCSADRAIN, quiet)
        with open(self._output, "wb", buffering=0, closefd=False) as out:
            out.write(question.encode())

    def heard(self) -> bytes:
        """What came so far since `ask`: an answer, or keys, or nothing yet."""
        while self.is_asked and not self.has_screen and select.select([self._input], [], [], 0)[0]:
            piece = os.read(self._input, _PIECE_BYTES)
            self._early += piece
            if not piece:
                break
        return self._early

    def _end(self, number: int, _frame: object) -> None:
        """A signal before `watch`: nothing has to be saved yet."""
        if self.has_screen:
            self._restore(leave_screen=True)
            os._exit(128 + number)
        raise SystemExit(128 + number)

    def take(self) -> bytes:
        """What came before the app reads by itself; it is the app's from now on."""
        early, self._early = self._early, b""
        return early

    # ── while the app runs ───────────────────────────────────────────────────

    def watch(self, leave: Callable[[int], None]) -> None:
        """From now on a signal, or the terminal's end, calls `leave` with the exit code. Needs the running loop.

        Without a terminal there is nothing to watch.
        """
        if self.attributes is None:
            return
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._leave, leave, 128 + number)
        thread = threading.Thread(target=self._look, args=(loop, leave), name="terminal-watch", daemon=True)
        thread.start()

    def _leave(self, leave: Callable[[int], None], code: int) -> None:
        threading.Thread(target=self._force, args=(code,), name="terminal-force", daemon=True).start()
        leave(code)

    def _look(self, loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
        """A terminal that is gone answers no question about its settings."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                termios.tcgetattr(self._input)
            except (termios.error, OSError):
                with contextlib.suppress(RuntimeError):  # the loop is closed: the program is ending anyway
                    loop.call_soon_threadsafe(leave, 128 + signal.SIGHUP)
                self._force(128 + signal.SIGHUP)

    def _force(self, code: int) -> None:
        if not self._ended.wait(GRACE_SECONDS):
            self._restore(leave_screen=True)
            os._exit(code)

    def _restore(self, *, leave_screen: bool) -> None:
        if self.attributes is None:
            return
        try:
            with open(self._output, "wb", buffering=0, closefd=False) as out:
                out.write(_MODES_OFF + (_SCREEN_BACK if leave_screen else b""))
            termios.tcsetattr(self._input, termios.TCSANOW, self.attributes)
        except (termios.error, OSError):
            _let_go_of_streams()


def _let_go_of_streams() -> None:
    """The terminal is gone: what Python still holds for it must not become an error of its own at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
